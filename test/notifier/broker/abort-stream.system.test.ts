/** Ending a connection at once, in whatever state it is. */
import { readdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { abortStream } from '../../../src/notifier/broker/abort-stream.ts';
import { until } from '../../support/until.ts';

it.each(['open', 'ended', 'connecting'] as const)('leaves no descriptor of a connection that is %s', async (state) => {
  const server = createServer((peer) => peer.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  for (let count = 0; count < 20; count += 1) {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    socket.on('error', () => {});
    if (state !== 'connecting') await new Promise((resolve) => socket.once('connect', resolve));
    if (state === 'ended') socket.end('the last words');
    abortStream(socket);
  }
  await until('the descriptors to be closed', () => descriptors() <= before);
  expect(descriptors()).toBeLessThanOrEqual(before);
});
