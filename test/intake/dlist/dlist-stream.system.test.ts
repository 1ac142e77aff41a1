import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bindStreamSocket } from '../../../src/os/listening-socket.ts';
import { until } from '../../support/until.ts';
import { type Client, connectTo, newPath, notify, tell, trial } from './peer.ts';

const ok = 'OK %()';

describe('an answer', () => {
  it('is OK when the request is kept, and not before', async () => {
    let release = (): void => {};
    const { path, got } = await trial({}, () => new Promise((resolve) => (release = resolve)));
    const client = connectTo(path);
    await client.write(notify('a'));
    let answered = false;
    const line = client.line().finally(() => (answered = true));
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    release();
    expect(await line).toBe(ok);
    expect(got).toEqual([notify('a').toString()]);
  });

  it('is NO with the reason when it is not kept', async () => {
    const { path, intake } = await trial({}, async () => {
      throw new Error('the spool is "full"');
    });
    expect(await tell(path, notify('a'))).toBe('NO %(REASON "the spool is \\"full\\"")');
    expect(intake.counts()).toEqual({ received: 0, truncated: 0, lost: 1 });
  });

  it('is each its own for several requests on one connection, in their order', async () => {
    const { path, got } = await trial();
    const client = connectTo(path);
    await client.write(Buffer.concat([notify('1'), Buffer.from('PING %()\r\n'), notify('2'), notify('3')]));
    expect([await client.line(), await client.line(), await client.line(), await client.line()]).toEqual([
      ...[ok, 'NO %(REASON "unknown command \\"PING\\"; expected NOTIFY")', ok, ok],
    ]);
    await client.write(notify('4'));
    expect(await client.line()).toBe(ok);
    expect(got.length).toBe(4);
  });

  it('is BAD with the byte for what is no dlist, and the end of the connection', async () => {
    const { path, said } = await trial();
    const client = connectTo(path);
    await client.write('NOTIFY %(A "b\r\n');
    expect(await client.line()).toMatch(/^BAD %\(REASON "byte 13: .*"\)$/);
    expect(await client.line()).toBeUndefined();
    expect(await tell(path, 'NOTIFY (a)\r\n')).toMatch(/^BAD/);
    expect(said).toContainEqual(expect.objectContaining({ answer: 'BAD', address: path }));
  });

  it('comes to a client that has sent all it will', async () => {
    const { path } = await trial();
    const client = connectTo(path);
    client.socket.end(notify('a'));
    expect(await client.line()).toBe(ok);
    expect(await client.line()).toBeUndefined();
  });

  it('to many clients is that of one commit', async () => {
    const sizes: number[] = [];
    const { path } = await trial({}, async (requests) => {
      sizes.push(requests.length);
      // By time: a disk takes so long, and others come meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => tell(path, notify(`${index}`))));
    expect(new Set(answers)).toEqual(new Set([ok]));
    expect(sizes.length).toBeLessThan(100);
  });
});

describe('the bytes of a request', () => {
  it('are kept as they came, however they come', async () => {
    const { path, got } = await trial();
    const request = notify('ü'.repeat(50));
    const client = connectTo(path);
    client.socket.setNoDelay();
    for (const byte of request) await client.write(Uint8Array.of(byte));
    expect(await client.line()).toBe(ok);
    const long = notify(`ü${'x'.repeat(900_000)}`);
    expect(await tell(path, long)).toBe(ok);
    const quoted = `NOTIFY %(METHOD x MESSAGE "${'y'.repeat(300_000)}")\r\n`;
    expect(await tell(path, quoted)).toBe(ok);
    expect(got).toEqual([request.toString('latin1'), long.toString('latin1'), quoted]);
  });

  it('after a synchronising literal are asked for when they do not come by themselves', async () => {
    const { path, got } = await trial({ times: { continuationMs: 10 } });
    const client = connectTo(path);
    await client.write('NOTIFY %(MESSAGE {5}\r\n');
    expect(await client.line()).toBe('+ go ahead');
    await client.write('hello)\r\n');
    expect(await client.line()).toBe(ok);
    expect(await tell(path, 'NOTIFY %(MESSAGE {5}\r\nhello)\r\n')).toBe(ok);
    expect(got).toEqual(Array.from({ length: 2 }, () => 'NOTIFY %(MESSAGE {5}\r\nhello)\r\n'));
  });
});

describe('a limit', () => {
  it('of size is told as soon as it is known, and what is still sent is read', async () => {
    const { path } = await trial();
    const client = connectTo(path);
    await client.write('NOTIFY %(MESSAGE {2000000+}\r\n');
    expect(await client.line()).toMatch(/^NO .*2000000 bytes.* longer than 1048576/);
    await client.write(Buffer.alloc(2_000_000));
    const writer = connectTo(path);
    await writer.write(`NOTIFY %(MESSAGE "${'x'.repeat(3_000_000)}")\r\n`);
    expect(await writer.line()).toMatch(/^NO .*longer than 1048576/);
  });

  it('of time is told to who stalls, and holds up nobody', async () => {
    const { path } = await trial({ requestTimeoutMs: 300 });
    const stalled = Array.from({ length: 20 }, () => connectTo(path));
    for (const client of stalled) await client.write('NOTIFY %(MESSAGE {1000000+}\r\nhello');
    expect(await tell(path, notify('a'))).toBe(ok);
    for (const client of stalled) expect(await client.line()).toMatch(/^NO .* 0\.3 seconds/);
    expect(await stalled[0]?.line()).toBeUndefined();
  });

  it('of idleness ends a connection', async () => {
    const { path } = await trial({ idleTimeoutMs: 1000, times: { lingerMs: 50 } });
    expect(await connectTo(path).line()).toBeUndefined();
    const client = connectTo(path);
    await client.write(notify('a'));
    expect(await client.line()).toBe(ok);
    expect(await client.line()).toBeUndefined();
  });

  it('of connections closes one that is idle, and else is told', async () => {
    const { path } = await trial({ maxConnections: 3 });
    const waiting = [connectTo(path), connectTo(path)];
    for (const client of waiting) await client.write('NOTIFY ');
    const idle = connectTo(path);
    await idle.write(notify('a'));
    expect(await idle.line()).toBe(ok);
    expect(await tell(path, notify('b'))).toBe(ok);
    expect(await idle.line()).toBeUndefined();
    const third = connectTo(path);
    await third.write('NOTIFY ');
    await until(async () => /^NO .*dlist_max_connections: 3\b/.test((await tell(path, notify('c'))) ?? ''));
    for (const client of [...waiting, third]) {
      await client.write('%()\r\n');
      expect(await client.line()).toBe(ok);
    }
  });

  it('of memory lets long requests wait for each other, and lets short ones pass', async () => {
    const { path, got } = await trial({ maxBytes: 1_000_000, maxHeldBytes: 1_000_000 });
    const first = connectTo(path);
    const long = notify('x'.repeat(900_000));
    await first.write(long.subarray(0, 500_000));
    const second = tell(path, long);
    expect(await tell(path, notify('short'))).toBe(ok);
    await first.write(long.subarray(500_000));
    expect([await first.line(), await second]).toEqual([ok, ok]);
    const many = await Promise.all(Array.from({ length: 20 }, () => tell(path, long)));
    expect(new Set(many)).toEqual(new Set([ok]));
    expect(got.length).toBe(23);
  });

  it('holds for a client that never reads its answers', async () => {
    const { path, got } = await trial({ idleTimeoutMs: 200, times: { lingerMs: 50 } });
    const client = connectTo(path);
    client.socket.pause();
    const requests = Buffer.concat(Array.from({ length: 50_000 }, () => Buffer.from('X %()\r\n')));
    client.socket.write(requests);
    await until(() => client.socket.closed);
    expect(await tell(path, notify('a'))).toBe(ok);
    expect(got.length).toBe(1);
  });

  it('that was changed is in force for the next request', async () => {
    const { path, intake } = await trial();
    const service = { maxConnections: 10, requestTimeoutMs: 1000, idleTimeoutMs: 1000 };
    intake.renew({ ...service, maxBytes: 100_000 });
    expect(await tell(path, notify('x'.repeat(200_000)))).toMatch(/^NO .*longer than 100000/);
  });
});

describe('the end', () => {
  it('answers what is complete, says NO to what is not, and removes the file', async () => {
    let release = (): void => {};
    const { path, stop } = await trial({}, () => new Promise((resolve) => (release = resolve)));
    const clients: Client[] = [connectTo(path), connectTo(path), connectTo(path)];
    const [complete, begun, silent] = clients;
    await complete?.write(notify('a'));
    await begun?.write('NOTIFY %(');
    await Promise.all(clients.map(({ socket }) => socket.connecting && once(socket, 'connect')));
    const stopped = stop();
    await until(() => !existsSync(path));
    // By time: a stop that did not wait for the answer would be over by then.
    await new Promise((resolve) => setTimeout(resolve, 20));
    release();
    expect(await complete?.line()).toBe(ok);
    for (const client of [begun, silent]) {
      expect(await client?.line()).toBe('NO %(REASON "belfry is stopping")');
      client?.socket.destroy();
    }
    complete?.socket.destroy();
    await stopped;
  });

  it('leaves an inherited socket as it is', async () => {
    const path = newPath();
    const { stop } = await trial({ path, descriptor: bindStreamSocket(path, 0o600).fd });
    expect(await tell(path, notify('a'))).toBe(ok);
    await stop();
    expect(existsSync(path)).toBe(true);
  });
});
