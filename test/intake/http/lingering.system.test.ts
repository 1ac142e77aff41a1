/** A client that is still sending when its answer comes gets the answer, whatever it does; within limits. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../support/until.ts';
import { RawClient, start } from './peer.ts';

const size = 64 * 1024 * 1024;
const head = 'POST /any HTTP/1.1\r\nHost: h\r\n';
const filler = Buffer.alloc(1024 * 1024, 'x');

/**
 * One that reads nothing until all it has is written, as simple clients do; rejects when the connection is reset. Then it ends
 * its side, or leaves that to the server, if it has said `Connection: close`.
 */
async function writeThenRead(address: string, parts: Iterable<string | Buffer>, ends = true): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  onTestFinished(() => {
    socket.destroy();
  });
  socket.pause();
  for (const part of parts) await written(socket, part);
  if (ends) socket.end();
  let text = '';
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more;
  });
  socket.resume();
  await once(socket, 'end');
  return text;
}

function written(socket: Socket, part: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(part, (error) => (error ? reject(error) : resolve()));
  });
}

function* plain(fields = '', line = head): Generator<string | Buffer> {
  yield `${line}${fields}Content-Length: ${size}\r\n\r\n`;
  for (let sent = 0; sent < size; sent += filler.length) yield filler;
}

function* chunked(fields = ''): Generator<string | Buffer> {
  yield `${head}${fields}Transfer-Encoding: chunked\r\n\r\n`;
  for (let sent = 0; sent < size; sent += filler.length) {
    yield `${filler.length.toString(16)}\r\n`;
    yield filler;
    yield '\r\n';
  }
  yield '0\r\n\r\n';
}

const expecting = 'Expect: 100-continue\r\n';
const closing = 'Connection: close\r\n';
const withToken = { authentication: { token: { text: 'secret' } } };

describe('a client that sends 64 MiB and reads nothing before gets its answer', () => {
  it.each([
    ['401', 'a length', withToken, plain()],
    ['401', 'chunks', withToken, chunked()],
    ['401', 'a length, without waiting for 100 Continue', withToken, plain(expecting)],
    ['401', 'a length and Connection: close', withToken, plain(closing), false],
    ['401', 'chunks and Connection: close', withToken, chunked(closing), false],
    ['413', 'a length', {}, plain()],
    ['413', 'a length and Connection: close', {}, plain(closing), false],
    ['413', 'chunks and Connection: close', {}, chunked(closing), false],
    ['413', 'a length, without waiting for 100 Continue', {}, plain(expecting)],
    ['413', 'chunks', {}, chunked()],
    ['413', 'chunks, without waiting for 100 Continue', {}, chunked(expecting)],
    ['415', 'a length', {}, plain('Content-Encoding: gzip\r\n')],
    ['404', 'a length', {}, plain('', head.replace('/any', '/other'))],
    ['405', 'a length', {}, plain('', head.replace('POST', 'PATCH'))],
    ['400', 'what is no chunk', {}, [`${head}Transfer-Encoding: chunked\r\n\r\n`, ...Array(64).fill(filler)]],
    ['431', 'an endless head', {}, [head, 'X-Long: ', ...Array(64).fill(filler)]],
  ] as const)('%s, with %s', async (status, _, options, parts, ends?: boolean) => {
    const { intake, got, lines } = await start(options);
    const text = await writeThenRead(intake.address, parts, ends ?? true);
    const answers = [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, code]) => code).filter((code) => code !== '100');
    expect(answers).toEqual([status]);
    expect(text).toMatch(new RegExp(`"status":${status}`));
    expect(got).toEqual([]);
    expect(lines.filter(({ level }) => level === 50)).toEqual([]);
  });

  it('at once, before it has sent more than the head', async () => {
    const { intake } = await start(withToken);
    const client = new RawClient(intake.address);
    await client.write(`${head}${expecting}Content-Length: ${size}\r\n\r\n`);
    await once(client.socket, 'data');
    expect([client.answers(100), client.answers(401)]).toEqual([0, 1]);
  });
});

describe('what is read after an answer is bounded', () => {
  const unbounded = { requestMs: 600_000, silentMs: 600_000, lingerMs: 600_000 };

  it('in time without a byte', async () => {
    const { intake } = await start({ ...withToken, times: { ...unbounded, silentMs: 50 } });
    const client = new RawClient(intake.address);
    await client.write(`${head}Content-Length: ${size}\r\n\r\n`);
    await client.closed;
    expect(client.answers(401)).toBe(1);
  });

  it.each([
    [401, `${head}Content-Length: ${size}\r\n\r\n`],
    [400, 'EHLO there\r\n\r\n'],
  ])('in time (%i)', async (status, text) => {
    const { intake } = await start({
      ...withToken,
      times: { ...unbounded, headMs: 200, requestMs: 200, lingerMs: 200, lookMs: 20 },
    });
    const client = new RawClient(intake.address);
    // Not to hang up when it is told that nothing more comes.
    client.socket.allowHalfOpen = true;
    await client.write(text);
    const dripping = setInterval(() => client.socket.write('x'), 10);
    await client.closed;
    clearInterval(dripping);
    expect(client.answers(status)).toBe(1);
  });

  it('by the end of the intake', async () => {
    const { intake, finish } = await start({ ...withToken, times: { ...unbounded, farewellMs: 100 } });
    const clients = [`${head}Content-Length: ${size}\r\n\r\n`, 'EHLO there\r\n\r\n'].map((text) => {
      const client = new RawClient(intake.address);
      client.socket.allowHalfOpen = true;
      return client.write(text).then(() => client);
    });
    for (const client of await Promise.all(clients)) if (client.text === '') await once(client.socket, 'data');
    await finish();
    for (const client of await Promise.all(clients)) {
      client.socket.destroy();
      await client.closed;
    }
  });
});

describe('what comes on the same connection after a request that was refused is taken, whatever was left of that', () => {
  const authorized = 'Authorization: Bearer secret\r\n';
  const good = `${head}${authorized}Content-Length: 4\r\n\r\ngood`;

  it.each([
    ['401', `${head}\r\n`],
    ['401', `${head}Content-Length: 3\r\n\r\nbad`],
    ['415', `${head}${authorized}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nbad`],
    ['413', `${head}${authorized}Content-Length: 1100000\r\n\r\n${'x'.repeat(1_100_000)}`],
    ['413', `${head}${authorized}Transfer-Encoding: chunked\r\n\r\n10c8e0\r\n${'x'.repeat(1_100_000)}\r\n0\r\n\r\n`],
  ])('%s', async (status, refused) => {
    const { intake, got } = await start(withToken);
    const client = new RawClient(intake.address);
    await client.write(`${good}${refused}${good}${good}`);
    await until(() => client.answers(202) === 3);
    expect([...client.text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, code]) => code)).toEqual([
      '202',
      status,
      '202',
      '202',
    ]);
    expect(got).toEqual(['good', 'good', 'good']);
  });
});

it('a client that goes wrong within what is not wanted of it gets its answer', async () => {
  const { intake } = await start(withToken);
  const broken = [`${head}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\nno chunk\r\n`, ...Array(16).fill(filler)];
  const text = await writeThenRead(intake.address, broken);
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401']);
});

it.each([
  [202, 'Content-Length: 4\r\n\r\ngood'],
  [401, 'Content-Length: 4\r\n\r\nbad!'],
  [400, 'Content-Length: 4\r\n\r\nba'],
])('a client that says at once that it sends no more gets its answer (%i)', async (status, rest) => {
  let keep = (): void => {};
  const held = new Promise<void>((resolve) => {
    keep = resolve;
  });
  const { intake } = await start(withToken, () => held);
  const client = new RawClient(intake.address);
  client.socket.allowHalfOpen = true;
  const ended = once(client.socket, 'end');
  client.socket.end(`${head}${status === 401 ? '' : 'Authorization: Bearer secret\r\n'}${rest}`);
  // Another connection later than this one: its end has been seen.
  await once(client.socket, 'finish');
  const other = new RawClient(intake.address);
  await other.write(`${head}\r\n`);
  await until(() => other.answers(401) === 1);
  keep();
  await ended;
  expect(client.answers(status)).toBe(1);
});
