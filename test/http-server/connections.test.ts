/** Whoever may not send cannot keep those out who may, however many connections he holds, and whatever he does on them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { RawClient, service, start } from '../intake/http/peer.ts';
import { until } from '../support/until.ts';

const maxConnections = 5;
const authentication = { token: { text: 'secret' } };
const head = 'POST /any HTTP/1.1\r\nHost: h\r\n';
const whole = `${head}Authorization: Bearer secret\r\nContent-Length: 4\r\n\r\n`;
const patient = { lingerMs: 600_000, requestMs: 600_000, silentMs: 600_000, headMs: 600_000, idleMs: 600_000 };
const guarded = { maxConnections, authentication, times: patient };

async function answered(client: RawClient, status: number): Promise<void> {
  await until(() => client.answers(status) === 1 || client.socket.closed);
}

async function sends(address: string): Promise<boolean> {
  const client = new RawClient(address);
  await client.write(`${whole}good`);
  await answered(client, 202);
  client.socket.destroy();
  return client.answers(202) === 1;
}

async function hold(address: string, text: string, status: number | undefined): Promise<readonly RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < maxConnections) {
    const client = new RawClient(address);
    // Not to hang up when it is told that nothing more comes.
    client.socket.allowHalfOpen = status === 400;
    clients.push(client);
    if (text !== '') await client.write(text);
    else await once(client.socket, 'connect');
    if (status !== undefined) await answered(client, status);
  }
  return clients;
}

describe('makes way for a sender', () => {
  it.each([
    ['who says nothing', '', undefined],
    ['who does not come to the end of a head', head, undefined],
    ['who goes on sending after a 401', `${head}Content-Length: 1000000\r\n\r\nx`, 401],
    ['who goes on sending what is not HTTP', 'EHLO there\r\n\r\n', 400],
    ['who has been refused and may ask again', `${head}\r\n`, 401],
  ])('one %s', async (_, text, status) => {
    const { intake, got, lines } = await start(guarded);
    const clients = await hold(intake.address, text, status);
    expect(await sends(intake.address)).toBe(true);
    // Only a reset tells a client that it is closed that has been told already that nothing more comes.
    while (status === 400 && clients[0]?.socket.closed === false) await clients[0]?.write('x');
    await clients[0]?.closed;
    expect(clients.map(({ socket }) => socket.closed)).toEqual([true, false, false, false, false]);
    expect(got).toEqual(['good']);
    expect(lines).toMatchObject([
      ...(status === 401 ? [{}] : []),
      { level: 40, connections: maxConnections, msg: expect.stringContaining('http_max_connections') },
    ]);
  });

  it('one of whom nothing is known, over TLS', async () => {
    const folder = join(import.meta.dirname, '../fixtures/http');
    const tls = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
    const { intake, got } = await start({ ...guarded, maxConnections: 2, tls });
    const { hostname: host, port } = new URL(intake.address);
    const open = async (text: string): Promise<ReturnType<typeof connect>> => {
      const socket = connect({ host, port: Number(port), servername: 'localhost', ca: readFileSync(tls.certificate) });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      socket.write(text);
      return socket;
    };
    const sender = await open(whole);
    const silent = new RawClient(intake.address.replace('https', 'http'));
    await once(silent.socket, 'connect');
    const refused = await open(`${head}Content-Length: 1000000\r\n\r\nx`);
    await once(refused, 'data');
    await silent.closed;
    const second = await open(`${whole}more`);
    await once(second, 'data');
    await until(() => refused.closed);
    sender.write('good');
    await once(sender, 'data');
    expect(got).toEqual(['more', 'good']);
    for (const socket of [sender, second]) socket.destroy();
  });
});

it('none whose request is under way makes way', async () => {
  const { intake, got } = await start(guarded);
  const clients = await hold(intake.address, whole.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'), 100);
  expect(await sends(intake.address)).toBe(false);
  for (const client of clients) {
    await client.write('more');
    await answered(client, 202);
  }
  expect(got).toEqual(Array(maxConnections).fill('more'));
});

it('as many as a reload allows may stay when the next comes', async () => {
  const { intake } = await start(guarded);
  const clients = await hold(intake.address, `${whole}good`, 202);
  intake.renew({ ...service, ...guarded, maxConnections: 2 })();
  expect(await sends(intake.address)).toBe(true);
  await Promise.all(clients.slice(0, 4).map(({ closed }) => closed));
  expect(clients[4]?.socket.closed).toBe(false);
});
