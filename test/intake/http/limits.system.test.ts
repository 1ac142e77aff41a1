import { Readable } from 'node:stream';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../src/intake/byte-budget.ts';
import { until } from '../../support/until.ts';
import { RawClient, start } from './peer.ts';

/** Each short, so that the tests are; a limit that is not to be met stays as it is, or a busy machine meets it. */
const quick = {
  head: { headMs: 100, lookMs: 20, lingerMs: 100 },
  body: { bodyMs: 100, lookMs: 20, lingerMs: 100, headMs: 1000, requestMs: 1000 },
  idle: { idleMs: 100, lookMs: 20 },
};
const post = 'POST /any HTTP/1.1\r\nHost: h\r\n';

describe('time', () => {
  it('ends a connection on which no head comes, with 408', async () => {
    const { intake } = await start({ times: quick.head });
    const silent = new RawClient(intake.address);
    const slow = new RawClient(intake.address);
    await slow.write('POST /any HTT');
    await Promise.all([silent.closed, slow.closed]);
    for (const client of [silent, slow]) expect(client.text).toMatch(/^HTTP\/1\.1 408 .*"status":408/s);
  });

  it('ends a head that comes byte by byte', async () => {
    const { intake } = await start({ times: quick.head });
    const client = new RawClient(intake.address);
    await client.write('POST /any HTTP/1.1\r\nHost: h\r\n');
    const dripping = setInterval(() => client.socket.write('X-A: b\r\n'), 10);
    await client.closed;
    clearInterval(dripping);
    expect(client.answers(408)).toBe(1);
  });

  it('gives up a body that does not come, however it is sent, with 408', async () => {
    const { intake, got } = await start({ times: quick.body });
    const half = new RawClient(intake.address);
    await half.write(`${post}Content-Length: 10\r\n\r\n12345`);
    const chunked = new RawClient(intake.address);
    await chunked.write(`${post}Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n`);
    const dripping = setInterval(() => chunked.socket.write('1\r\nx\r\n'), 10);
    await Promise.all([half.closed, chunked.closed]);
    clearInterval(dripping);
    for (const client of [half, chunked]) {
      expect(client.text).toMatch(/^HTTP\/1\.1 408 .*"status":408/s);
    }
    expect(got).toEqual([]);
  });

  it('ends a connection that asks nothing more', async () => {
    const { intake } = await start({ times: quick.idle });
    const client = new RawClient(intake.address);
    await client.write(`${post}Content-Length: 1\r\n\r\nx`);
    await client.closed;
    expect([client.answers(202), client.answers(408)]).toEqual([1, 0]);
  });

  it('does not hurt others while some stall', async () => {
    const { intake, got } = await start({}, async () => {});
    const stalling = Array.from({ length: 50 }, () => new RawClient(intake.address));
    for (const client of stalling) await client.write(`${post}Content-Length: 1000000\r\n\r\nx`);
    for (let count = 0; count < 20; count += 1) {
      expect((await request(`${intake.address}/any`, { method: 'POST', body: 'me' })).statusCode).toBe(202);
    }
    expect(got).toHaveLength(20);
  });

  it('is not lost by a client that goes away in the middle', async () => {
    const { intake, got, finish, lines } = await start();
    for (const part of [
      post,
      `${post}Content-Length: 10\r\n\r\n12345`,
      `${post}Transfer-Encoding: chunked\r\n\r\n5\r\n12`,
    ]) {
      const client = new RawClient(intake.address);
      await client.write(part);
      client.socket.resetAndDestroy();
    }
    expect((await request(`${intake.address}/any`, { method: 'POST', body: 'x' })).statusCode).toBe(202);
    await finish();
    expect([got, lines]).toEqual([['x'], []]);
  });
});

describe('size', () => {
  it('of a body is refused by the length that the head gives, before it is sent', async () => {
    const { intake } = await start();
    const client = new RawClient(intake.address);
    await client.write(`${post}Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n`);
    await until(() => client.answers(413) === 1);
    expect(client.answers(100)).toBe(0);
  });

  it('of a body without a length is refused when it is met', async () => {
    const { intake, got } = await start({ maxBodyBytes: 1000 });
    const client = new RawClient(intake.address);
    await client.write(`${post}Transfer-Encoding: chunked\r\n\r\n`);
    for (let count = 0; count < 11; count += 1) await client.write(`64\r\n${'x'.repeat(100)}\r\n`);
    await until(() => client.answers(413) === 1);
    expect(got).toEqual([]);
  });

  it('of a body may be the very limit', async () => {
    const { intake, got } = await start({ maxBodyBytes: 200_000 });
    const body = 'x'.repeat(200_000);
    expect((await request(`${intake.address}/any`, { method: 'POST', body })).statusCode).toBe(202);
    const stream = Readable.from(Array.from({ length: 200 }, () => Buffer.from('x'.repeat(1000))));
    expect((await request(`${intake.address}/any`, { method: 'POST', body: stream })).statusCode).toBe(202);
    expect(got).toEqual([body, body]);
    const more = await request(`${intake.address}/any`, { method: 'POST', body: `${body}x` });
    expect(more.statusCode).toBe(413);
  });

  it('of a head is refused with 431', async () => {
    const { intake } = await start();
    const client = new RawClient(intake.address);
    await client.write(`${post}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 431 .*"status":431/s);
  });

  it('of many large bodies together: they wait for each other, and small ones for none', async () => {
    const size = 16 * 1024 * 1024;
    const { intake, got } = await start({ maxBodyBytes: size, times: { bodyMs: 5000 } });
    // Four of them are all that is held at a time.
    const stalling = Array.from({ length: 4 }, () => new RawClient(intake.address));
    for (const client of stalling) await client.write(`${post}Content-Length: ${size}\r\nExpect: 100-continue\r\n\r\n`);
    await until(() => stalling.every((client) => client.answers(100) === 1));
    const waiting = new RawClient(intake.address);
    await waiting.write(`${post}Content-Length: ${size}\r\nExpect: 100-continue\r\n\r\n`);
    expect((await request(`${intake.address}/any`, { method: 'POST', body: 'small' })).statusCode).toBe(202);
    expect(waiting.answers(100)).toBe(0);
    stalling[0]?.socket.destroy();
    await until(() => waiting.answers(100) === 1);
    expect(got).toEqual(['small']);
  });

  it('of large bodies that find no room in time is told with 503', async () => {
    const size = 64 * 1024 * 1024;
    const { intake } = await start({ maxBodyBytes: size, times: { bodyMs: 300 } });
    const clients = Array.from({ length: 3 }, () => new RawClient(intake.address));
    for (const client of clients) {
      await client.write(`${post}Content-Length: ${size}\r\nExpect: 100-continue\r\n\r\n`);
    }
    // The second gets its turn when the time of the first is over; by then the third has waited for too long.
    const third = clients[2];
    await until(() => third?.answers(503) === 1);
    expect(third?.text).toMatch(/retry-after: 10.*"status":503/is);
    expect(third?.answers(100)).toBe(0);
    await until(() => clients[0]?.answers(408) === 1);
  });
});

describe('number', () => {
  it('of requests on one connection without waiting: it is not read any more, and all are answered in the end', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { intake, got } = await start({}, () => held);
    const client = new RawClient(intake.address);
    const one = `${post}Content-Length: 5\r\nX-Filler: ${'x'.repeat(5000)}\r\n\r\n12345`;
    const count = 4000;
    let flushed = 0;
    for (let sent = 0; sent < count; sent += 1) void client.write(one).then(() => (flushed += 1));
    const small = await request(`${intake.address}/`);
    expect(small.statusCode).toBe(404);
    let before = -1;
    await until(async () => {
      const same = before === flushed;
      before = flushed;
      // By time: that nothing more is read shows only in that nothing changes.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return same;
    });
    // Twenty megabytes do not fit into the buffers of the kernel.
    expect(flushed).toBeLessThan(count);
    release();
    await until(() => client.answers(202) === count);
    expect(got).toHaveLength(count);
  });

  it('of connections: idle ones are closed to make room', async () => {
    const { intake, lines } = await start({ maxConnections: 3 });
    const idle = Array.from({ length: 3 }, () => new RawClient(intake.address));
    for (const client of idle) {
      await client.write(`${post}Content-Length: 1\r\n\r\nx`);
      await until(() => client.answers(202) === 1);
    }
    const fourth = new RawClient(intake.address);
    await idle[0]?.closed;
    await fourth.write(`${post}Content-Length: 1\r\n\r\nx`);
    await until(() => fourth.answers(202) === 1);
    expect(idle.map(({ socket }) => socket.closed)).toEqual([true, false, false]);
    expect((await request(`${intake.address}/any`, { method: 'POST', body: 'x' })).statusCode).toBe(202);
    expect(lines).toMatchObject([{ connections: 3, msg: expect.stringContaining('http_max_connections') }]);
  });
});

describe('protocol', () => {
  it.each([
    ['what is not HTTP', 'EHLO there\r\n\r\n', 400],
    ['two lengths', `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`, 400],
    ['a length and chunks', `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a wrong chunk', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['no host', 'POST /any HTTP/1.1\r\nContent-Length: 1\r\n\r\nx', 400],
    ['a host that is none', 'POST /any HTTP/1.1\r\nHost: a b\r\nContent-Length: 1\r\n\r\nx', 400],
    ['a header within a header', `${post}A: b\rContent-Length: 1\r\n\r\nx`, 400],
    ['an expectation that nobody has', `${post}Expect: the-impossible\r\nContent-Length: 1\r\n\r\nx`, 417],
    ['compressed bodies', `${post}Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx`, 415],
  ])('%s is refused', async (_, text, status) => {
    const { intake, got } = await start({ times: { headMs: 500, lookMs: 50 } });
    const client = new RawClient(intake.address);
    await client.write(text);
    await until(() => client.answers(status) === 1);
    expect([client.answers(202), got]).toEqual([0, []]);
  });

  it('continues when the head is fine, and only once', async () => {
    const { intake, got } = await start();
    const client = new RawClient(intake.address);
    await client.write(`${post}Content-Length: 100000\r\nExpect: 100-Continue\r\n\r\n`);
    await until(() => client.answers(100) === 1);
    await client.write('x'.repeat(100_000));
    await until(() => client.answers(202) === 1);
    expect([client.answers(100), got[0]?.length]).toEqual([1, 100_000]);
  });

  it('keeps the answers to requests on one connection in their order', async () => {
    const { intake } = await start();
    const client = new RawClient(intake.address);
    await client.write(
      `${post}Content-Length: 1\r\n\r\nxGET / HTTP/1.1\r\nHost: h\r\n\r\n${post}Content-Length: 1\r\n\r\nyPOST /any HTTP/1.0\r\n\r\n`,
    );
    await client.closed;
    expect([...client.text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)).toEqual([
      '202',
      '404',
      '202',
      '202',
    ]);
  });

  it('answers a request that is kept when rubbish follows it, and closes the connection', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isKeeping = false;
    const { intake, got } = await start({}, () => {
      isKeeping = true;
      return held;
    });
    const client = new RawClient(intake.address);
    await client.write(`${post}Content-Length: 1\r\n\r\nxRUBBISH\r\n\r\n`);
    await until(() => isKeeping);
    await client.write('more of it\r\n\r\n');
    expect(client.text).toBe('');
    release();
    await client.closed;
    expect([client.answers(202), client.answers(400), got]).toEqual([1, 0, ['x']]);
  });
});

describe('a budget of bytes', () => {
  it('is given in turn, and what is withdrawn makes way', () => {
    const budget = new ByteBudget(10);
    const granted: string[] = [];
    const take = (name: string, bytes: number) => budget.take(bytes, () => granted.push(name));
    take('a', 6);
    take('b', 6);
    const withdraw = take('c', 4);
    expect(granted).toEqual(['a']);
    budget.give(6);
    expect(granted).toEqual(['a', 'b', 'c']);
    withdraw();
    take('d', 5);
    const impatient = take('e', 1);
    impatient();
    budget.give(4);
    expect(granted).toEqual(['a', 'b', 'c']);
    budget.give(6);
    expect(granted).toEqual(['a', 'b', 'c', 'd']);
    const first = take('f', 6);
    take('g', 5);
    expect(granted).toEqual(['a', 'b', 'c', 'd']);
    first();
    expect(granted).toEqual(['a', 'b', 'c', 'd', 'g']);
  });
});
