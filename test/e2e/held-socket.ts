/** A datagram socket that stays open whatever becomes of who reads it: what systemd holds for a service. */
import { bind, close, datagramSocket } from '../../src/os/libc.ts';
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
