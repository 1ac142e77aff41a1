/** The fault proxy and the real servers that the tests of the brokers stand on: each fault is one, and a server comes back. */
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { startNats } from './nats-server.ts';
import { startRedis } from './redis-server.ts';
import { greets, needing } from './server.ts';

/** A connection through the proxy, and what has become of it. */
async function connection(proxy: FaultProxy): Promise<{ socket: Socket; got(): string; error(): string | undefined }> {
  let got = '';
  let code: string | undefined;
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    got += chunk;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code;
  });
  onTestFinished(() => void socket.destroy());
  await expect.poll(() => socket.readyState).not.toBe('opening');
  return { socket, got: () => got, error: () => code };
}

const redis = needing('a Redis behind the proxy', 'redis-server');
describe.skipIf(redis.skipped)(redis.title, () => {
  const ping = 'PING\r\n';

  test('answers, slowly too, and keeps its data over a kill', async () => {
    const server = await startRedis(onTestFinished);
    const proxy = await startFaultProxy(server.port, onTestFinished);
    const { socket, got } = await connection(proxy);
    socket.write('SET a 1\r\n');
    await expect.poll(got).toBe('+OK\r\n');
    proxy.set('slow');
    const long = 'x'.repeat(2000);
    socket.write(`ECHO ${long}\r\n`);
    await expect.poll(got).toContain(long);
    const before = server.pid();
    await server.kill();
    await expect.poll(() => socket.destroyed).toBe(true);
    await server.start();
    expect(server.pid()).not.toBe(before);
    expect(await greets(server.port, 'GET a\r\n', /^\$1\r\n1\r\n/)).toBe(true);
    await server.stop();
    expect(await greets(server.port, ping, /PONG/)).toBe(false);
  });

  test('is silent, and nothing that came in the silence arrives later', async () => {
    const server = await startRedis(onTestFinished);
    const proxy = await startFaultProxy(server.port, onTestFinished);
    const old = await connection(proxy);
    proxy.set('half-open');
    const fresh = await connection(proxy);
    old.socket.write('SET a 1\r\n');
    fresh.socket.write('SET a 2\r\n');
    await expect.poll(proxy.sent).toBe(2 * 'SET a 1\r\n'.length);
    expect(proxy.open()).toBe(2);
    proxy.set('pass');
    await expect.poll(() => [old.error(), fresh.error()]).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect([old.got(), fresh.got(), proxy.accepted()]).toEqual(['', '', 2]);
    expect(await greets(proxy.port, 'GET a\r\n', /^\$-1\r\n/)).toBe(true);
  });

  test('is reset, or answers garbage, and is there again', async () => {
    const server = await startRedis(onTestFinished);
    const proxy = await startFaultProxy(server.port, onTestFinished);
    const old = await connection(proxy);
    proxy.set('reset');
    await expect.poll(old.error).toBe('ECONNRESET');
    expect(await greets(proxy.port, ping, /./)).toBe(false);
    proxy.set('garbage');
    const odd = await connection(proxy);
    const before = proxy.sent();
    odd.socket.write('SET a 1\r\n');
    await expect.poll(() => proxy.sent()).toBeGreaterThan(before);
    await expect.poll(() => odd.got().length).toBeGreaterThan(0);
    expect(odd.got()).not.toContain('OK');
    proxy.set('pass');
    expect(await greets(proxy.port, 'GET a\r\n', /^\$-1\r\n/)).toBe(true);
  });
});

const nats = needing('a NATS server behind the proxy', 'nats-server');
describe.skipIf(nats.skipped)(nats.title, () => {
  test('has JetStream, or not, and comes back after a kill', async () => {
    for (const jetstream of [true, false]) {
      const server = await startNats(onTestFinished, { jetstream });
      const proxy = await startFaultProxy(server.port, onTestFinished);
      await server.kill();
      expect(await greets(proxy.port, '', /INFO/)).toBe(false);
      await server.start();
      const greeting = jetstream ? /^INFO .*"jetstream":true/ : /^INFO (?!.*"jetstream":true)/;
      expect(await greets(proxy.port, '', greeting)).toBe(true);
    }
  });
});
