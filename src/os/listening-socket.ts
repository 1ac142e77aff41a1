/** A Unix stream socket that listens on its file with the permissions it must have from its first moment on. */
import { BelfryError } from '../base/error.ts';
import { close, errnoText, lastErrno, streamSocket } from './libc.ts';
import { socketAddress } from './socket-address.ts';
import { bindSocketFile } from './socket-file.ts';

export interface BoundSocket {
  /** For `server.listen({ fd })`, which closes it with the server. */
  readonly fd: number;
  /** Removes the file if it still is this socket's. To be called while `fd` is open. */
  removeFile(): void;
  /** Instead of giving `fd` to a server. */
  close(): void;
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
  if (fd < 0) throw new BelfryError('SOCKET_CREATE', `no socket can be made: ${errnoText(lastErrno())}`);
  try {
    const removeFile = bindSocketFile(fd, address, { mode, ...(group === undefined ? {} : { group }) });
    return {
      fd,
      removeFile,
      close() {
        removeFile();
        close(fd);
      },
    };
  } catch (thrown) {
    close(fd);
    throw thrown;
  }
}
