/** The end of an inherited socket and is shut down by the process that passed it. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client, request } from 'undici';
import { expect, it } from 'vitest';
import type { HttpIntakeOptions } from '../../../src/intake/http/http-intake.ts';
import { F_DUPFD_CLOEXEC, fcntl, SHUT_RDWR, shutdown } from '../../../src/os/libc.ts';
import { bindStreamSocket } from '../../../src/os/listening-socket.ts';
import { scratchDirectory } from '../../os/scratch.ts';
import { until } from '../../support/until.ts';
import { queuedClient } from '../queued-client.ts';
import { start } from './peer.ts';

const directory = scratchDirectory();

it('ends the run of a Unix socket, once those who had connected have their answers', async () => {
  const path = join(directory, 's');
  const { fd } = bindStreamSocket(path, 0o600);
  let release: (() => void) | undefined;
  const handed = { path, mode: 0o600, descriptor: fd } as Partial<HttpIntakeOptions>;
  const { running, got } = await start(handed, async () => {
    if (release === undefined) await new Promise<void>((resolve) => (release = resolve));
  });
  const client = new Client('http://belfry', { socketPath: path });
  const slow = client.request({ method: 'POST', path: '/any', body: 'slow' });
  await until(() => release !== undefined);
  const post = (body: string): Buffer =>
    Buffer.from(`POST /any HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const queued = Array.from({ length: 40 }, (_, index) => queuedClient(path, post(`queued ${index}`)));
  shutdown(fd, SHUT_RDWR);
  expect(() => queuedClient(path, post('late'))).toThrow(/refuses/);
  release?.();
  expect((await slow).statusCode).toBe(202);
  for (const answer of queued) expect(await answer).toMatch(/^HTTP\/1\.1 202 /);
  await running;
  await client.close();
  expect(got).toHaveLength(41);
});

it('ends the run of a TCP socket', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const handle: unknown = Reflect.get(holder, '_handle');
  const descriptor = typeof handle === 'object' && handle !== null ? Number(Reflect.get(handle, 'fd')) : -1;
  const copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 'int', 0);
  // The server that made it is not to accept on it.
  holder.close();
  const { running, intake } = await start({ descriptor: copy } as Partial<HttpIntakeOptions>);
  const { statusCode } = await request(`${intake.address}/any`, { method: 'POST', body: 'x' });
  expect(statusCode).toBe(202);
  shutdown(copy, SHUT_RDWR);
  await running;
});
