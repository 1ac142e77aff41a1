import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SHUT_RD, SHUT_RDWR, shutdown } from '../../src/os/libc.ts';
import { bindStreamSocket } from '../../src/os/listening-socket.ts';
import { ShutdownWatch } from '../../src/os/shutdown-watch.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();

/** A socket that listens, with the server that it is given to. */
async function listening(where: 'path' | 'tcp'): Promise<number> {
  const server = createServer();
  onTestFinished(() => {
    server.close();
  });
  if (where === 'path') {
    const { fd, removeFile } = bindStreamSocket(join(directory, 's'), 0o600);
    onTestFinished(removeFile);
    server.listen({ fd });
    await once(server, 'listening');
    return fd;
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const handle: unknown = Reflect.get(server, '_handle');
  return typeof handle === 'object' && handle !== null ? Number(Reflect.get(handle, 'fd')) : -1;
}

const never = new AbortController().signal;

describe('a listening socket that is watched', () => {
  it.each([
    ['path', SHUT_RDWR],
    ['path', SHUT_RD],
    ['tcp', SHUT_RDWR],
  ] as const)('on a %s tells that it is shut down (%i)', async (where, how) => {
    const fd = await listening(where);
    const watch = new ShutdownWatch(fd);
    let over = false;
    const waiting = watch.wait(never).finally(() => (over = true));
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    expect(shutdown(fd, how)).toBe(0);
    expect(await waiting).toBe(true);
    expect(await watch.wait(never)).toBe(true);
    watch.close();
  });

  it('is watched until the signal, or until the watch is closed, which gives its descriptor back', async () => {
    const fd = await listening('path');
    const before = readdirSync('/proc/self/fd').length;
    const watch = new ShutdownWatch(fd);
    const stop = new AbortController();
    const first = watch.wait(stop.signal);
    stop.abort();
    expect(await first).toBe(false);
    const second = watch.wait(never);
    watch.close();
    watch.close();
    expect(await second).toBe(false);
    expect(await watch.wait(never)).toBe(false);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it('must be there', () => {
    expect(() => new ShutdownWatch(999_999)).toThrow(expect.objectContaining({ code: 'SOCKET_CREATE' }));
  });
});
