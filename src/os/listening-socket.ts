/** A Unix stream socket that listens on its file with the permissions it must have from its first moment on. */
import { once } from 'node:events';
import type { Server } from 'node:net';
import { BelfryError, messageOf } from '../base/error.ts';
import { close, errnoText, lastErrno, streamSocket } from './libc.ts';
import { socketAddress } from './socket-address.ts';
import { bindSocketFile, type SocketFile } from './socket-file.ts';

export interface BoundSocket {
  /** For `server.listen({ fd })`, which closes it with the server. */
  readonly fd: number;
  /** Removes the file if it still is this socket's. To be called while `fd` is open. */
  removeFile(): void;
}

/**
 * Binds a stream socket to `path` and gives its file this mode and group (name or number). Who may connect is who may
 * write to the file: the kernel sees to that (unix(7)). A name in the abstract namespace has no permissions and is refused.
 * What a crash has left is replaced, a living socket never.
 * Throws BelfryError SOCKET_PATH, SOCKET_IN_USE, SOCKET_PERMISSION, SOCKET_CREATE.
 */
export function bindStreamSocket(path: string, mode: number, group?: string): BoundSocket {
  const address = socketAddress(path);
  if (address.abstract) {
    throw new BelfryError('SOCKET_PATH', `${path} is an abstract name, to which anybody may connect: choose a path`);
  }
  const fd = streamSocket();
  if (fd < 0) throw new BelfryError('SOCKET_CREATE', `cannot create a socket: ${errnoText(lastErrno())}`);
  try {
    return { fd, removeFile: bindSocketFile(fd, address, { mode, ...(group === undefined ? {} : { group }) }) };
  } catch (thrown) {
    close(fd);
    throw thrown;
  }
}

export interface StreamPlace extends SocketFile {
  /** A socket that listens already, to be used instead of a file of ours. */
  readonly descriptor?: number | undefined;
  readonly backlog?: number;
}

/** Has a server listen there; answers what removes the file, if it is ours. Throws BelfryError as `bindStreamSocket` does. */
export async function listenOnStream(
  server: Server,
  { path, mode, group, descriptor, backlog }: StreamPlace,
): Promise<() => void> {
  const own = descriptor === undefined ? bindStreamSocket(path, mode, group) : undefined;
  try {
    server.listen({ fd: descriptor ?? own?.fd, backlog });
    await once(server, 'listening');
  } catch (thrown) {
    own?.removeFile();
    if (own !== undefined) close(own.fd);
    throw new BelfryError('SOCKET_CREATE', `cannot listen on ${path}: ${messageOf(thrown)}`);
  }
  return own?.removeFile ?? (() => {});
}
