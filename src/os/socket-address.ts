/** Names of Unix sockets: paths and abstract names, and the form (sockaddr_un, unix(7)) in which the kernel takes them. */
import { BelfryError } from '../base/error.ts';
import { maxSocketPathBytes } from '../base/limits.ts';
import { AF_INET, AF_UNIX } from './libc.ts';

const familyBytes = 2;

export interface SocketAddress {
  /** As it was written: a path, or `@` and an abstract name. */
  readonly text: string;
  readonly abstract: boolean;
  /** The sockaddr_un, no longer than it has to be: for an abstract name every byte counts. */
  readonly bytes: Uint8Array;
}

/**
 * Reads a path, absolute or relative, or with a leading `@` a name in the abstract namespace. Throws BelfryError
 * SOCKET_PATH for what the kernel would cut or read in another way.
 */
export function socketAddress(text: string): SocketAddress {
  const abstract = text.startsWith('@');
  const name = Buffer.from(abstract ? text.slice(1) : text);
  if (name.length === 0) throw new BelfryError('SOCKET_PATH', `"${text}" is not the name of a socket: it is empty`);
  if (name.includes(0)) {
    throw new BelfryError('SOCKET_PATH', `${JSON.stringify(text)} is not the name of a socket: it contains a NUL byte`);
  }
  if (name.length > maxSocketPathBytes) {
    throw new BelfryError(
      'SOCKET_PATH',
      `${text} is ${name.length} bytes long; choose one of at most ${maxSocketPathBytes}`,
    );
  }
  // The NUL stands after a path, and before an abstract name.
  const bytes = new Uint8Array(familyBytes + name.length + 1);
  new Uint16Array(bytes.buffer, 0, 1)[0] = AF_UNIX;
  bytes.set(name, familyBytes + (abstract ? 1 : 0));
  return { text, abstract, bytes };
}

/** The name in a sockaddr_un that the kernel has written, as {@link socketAddress} reads it; empty for no name. */
export function socketName(sockaddr: Uint8Array): string {
  const name = Buffer.from(sockaddr.subarray(familyBytes));
  if (name[0] === 0) return `@${name.toString('utf8', 1)}`;
  const end = name.indexOf(0);
  return name.toString('utf8', 0, end < 0 ? name.length : end);
}

/** The address in a sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)) with its port: `127.0.0.1:8090`, `[::1]:8090`. */
export function inetName(sockaddr: Uint8Array): string {
  const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength);
  const port = view.getUint16(2);
  const family = new Uint16Array(Uint8Array.from(sockaddr.subarray(0, familyBytes)).buffer)[0];
  if (family === AF_INET) return `${sockaddr.subarray(4, 8).join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i).toString(16));
  // Node shortens it as RFC 5952 says.
  return `${new URL(`http://[${groups.join(':')}]`).hostname}:${port}`;
}
