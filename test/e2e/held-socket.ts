/** Sockets that stay open whatever becomes of their reader: what systemd holds for a service. */
import { createServer } from 'node:net';
import { bind, close, datagramSocket, F_DUPFD_CLOEXEC, fcntl } from '../../src/os/libc.ts';
import { bindStreamSocket } from '../../src/os/listening-socket.ts';
import { socketAddress } from '../../src/os/socket-address.ts';
import type { Defer } from './workspace.ts';

/** Bound to `path` in this process; answers its descriptor. */
export function holdSocket(path: string, defer: Defer): number {
  const descriptor = datagramSocket();
  defer(() => void close(descriptor));
  const { bytes } = socketAddress(path);
  if (bind(descriptor, bytes, bytes.length) < 0) throw new Error(`no socket can be bound to ${path}`);
  return descriptor;
}

/** A stream socket that listens at `path`; answers its descriptor. */
export async function holdStream(path: string, defer: Defer): Promise<number> {
  const { fd } = bindStreamSocket(path, 0o600);
  const descriptor = fcntl(fd, F_DUPFD_CLOEXEC, 'int', 0);
  defer(() => void close(descriptor));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ fd }, resolve));
  // It goes on listening by the other descriptor, and nobody here accepts.
  await new Promise((resolve) => server.close(resolve));
  return descriptor;
}
