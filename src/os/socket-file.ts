/** Binds a Unix socket to its file: replaces what a crash has left, steals from nobody, gives mode and group. */
import { chmodSync, closeSync, constants, lchownSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BelfryError, messageOf } from '../base/error.ts';
import { identityOf } from './file-watch.ts';
import { groupId } from './group.ts';
import * as libc from './libc.ts';
import type { SocketAddress } from './socket-address.ts';

/** The file of a Unix socket. */
export interface SocketFile {
  /** At most 107 bytes, relative to the working directory or not; of a datagram socket also `@name` of the abstract namespace. */
  readonly path: string;
  /** Its permissions: a process that may write to it may send. */
  readonly mode: number;
  /** Name or number of its group. Default: that of the process. */
  readonly group?: string;
}

/** Default of the mode: all that the umask leaves. */
export type SocketFileOptions = Partial<Omit<SocketFile, 'path'>>;

/**
 * Binds `fd` to a path and answers what removes the file again, if by then it still is this socket's. To be called while
 * `fd` is open: the file of a closed socket cannot be distinguished from another one with the same inode number.
 *
 * The file has no permissions at all until it has its group, so no other group gets in; a process that tries to send in
 * these microseconds came before the daemon was there. A file that is there already is only replaced when it is a socket
 * on which nobody receives. Throws BelfryError SOCKET_IN_USE, SOCKET_PERMISSION, SOCKET_CREATE, CONFIGURATION.
 */
export function bindSocketFile(fd: number, address: SocketAddress, options: SocketFileOptions): () => void {
  const path = resolve(address.text);
  const gid = options.group === undefined ? undefined : groupId(options.group);
  // On Linux the socket's own mode, less the umask, becomes that of the file.
  if (options.mode !== undefined) libc.fchmod(fd, 0);
  return inTurn(dirname(path), () => {
    if (libc.bind(fd, address.bytes, address.bytes.length) < 0) {
      const errno = libc.lastErrno();
      if (libc.errnoName(errno) !== 'EADDRINUSE') throw bindError(address.text, errno);
      removeStale(path, address);
      if (libc.bind(fd, address.bytes, address.bytes.length) < 0) throw bindError(address.text, libc.lastErrno());
    }
    const remove = removerOf(path);
    try {
      if (gid !== undefined) lchownSync(path, -1, gid);
      if (options.mode !== undefined) chmodSync(path, options.mode);
    } catch (thrown) {
      remove();
      const what = gid === undefined ? 'its mode' : `group ${options.group}`;
      const remedy = 'the user who runs this must be a member of the group, or root';
      throw new BelfryError('SOCKET_PERMISSION', `${path} cannot be given ${what}: ${messageOf(thrown)}; ${remedy}`);
    }
    return remove;
  });
}

function removerOf(path: string): () => void {
  const own = identityOf(path);
  return () => {
    try {
      if (identityOf(path) === own) unlinkSync(path);
    } catch {
      // It is gone, or may not be removed any more: then the next start replaces it.
    }
  };
}

/** How long to wait for another process that opens a socket in the same directory; that takes it a millisecond. */
const turnDeadlineMs = 1000;

/**
 * Does something while no other process of ours does the same in this directory. Otherwise two that start at the same
 * moment could both find the file stale, and the slower one would remove the new one of the faster. Where the directory
 * cannot be locked, or somebody else sits on its lock, it is done without: anybody who may read the directory can lock it.
 */
function inTurn<T>(directory: string, act: () => T): T {
  let lock: number | undefined;
  try {
    lock = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    const end = performance.now() + turnDeadlineMs;
    const nap = new Int32Array(new SharedArrayBuffer(4));
    while (
      libc.flock(lock, libc.LOCK_EX | libc.LOCK_NB) < 0 &&
      libc.lastErrno() === libc.EAGAIN &&
      performance.now() < end
    ) {
      Atomics.wait(nap, 0, 0, 2);
    }
  } catch {
    // Not there, or not readable; what follows says what is wrong, if anything is.
  }
  try {
    return act();
  } finally {
    if (lock !== undefined) closeSync(lock);
  }
}

/** Clears the path for the second attempt. Throws when what is there is not ours to clear. */
function removeStale(path: string, address: SocketAddress): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    const remedy = 'it is left alone; remove it, or choose another path';
    throw new BelfryError('SOCKET_CREATE', `${path} exists and is not a socket: ${remedy}`);
  }
  const state = probe(address);
  if (state === 'receiving') throw socketInUse(address.text);
  if (state === 'gone') return;
  try {
    unlinkSync(path);
  } catch (thrown) {
    throw new BelfryError('SOCKET_PERMISSION', `${path} is left over from a crash: ${messageOf(thrown)}; remove it`);
  }
}

/** Whether anybody would get what is sent there: the kernel refuses to connect to a file without a living socket. */
function probe(address: SocketAddress): 'receiving' | 'stale' | 'gone' {
  const fd = libc.datagramSocket();
  if (fd < 0) throw new BelfryError('SOCKET_CREATE', `cannot create a socket: ${libc.errnoText(libc.lastErrno())}`);
  const failed = libc.connect(fd, address.bytes, address.bytes.length) < 0;
  const errno = libc.lastErrno();
  libc.close(fd);
  if (!failed) return 'receiving';
  switch (libc.errnoName(errno)) {
    case 'ECONNREFUSED':
      return 'stale';
    case 'ENOENT':
      return 'gone';
    // A living socket of another type, or one that talks to somebody else.
    case 'EPROTOTYPE':
    case 'EPERM':
      return 'receiving';
    default:
      throw new BelfryError(
        'SOCKET_PERMISSION',
        `${address.text} exists, but belfry cannot find out whether another process receives on it: ${libc.errnoText(errno)}; ` +
          'run this as the user who owns the file, or remove it when no daemon runs',
      );
  }
}

export function socketInUse(text: string): BelfryError {
  return new BelfryError('SOCKET_IN_USE', `another process receives on ${text}: stop it, or choose another path`);
}

function bindError(text: string, errno: number): BelfryError {
  const directory = dirname(resolve(text));
  const why = libc.errnoText(errno);
  switch (libc.errnoName(errno)) {
    case 'ENOENT':
      return new BelfryError('SOCKET_CREATE', `${text}: the directory ${directory} does not exist: create it`);
    case 'ENOTDIR':
      return new BelfryError('SOCKET_CREATE', `${text}: a part of ${directory} is not a directory`);
    case 'EADDRINUSE':
      return socketInUse(text);
    case 'EACCES':
    case 'EPERM':
      return new BelfryError(
        'SOCKET_PERMISSION',
        `${text}: ${why}; the user who runs this needs permission to write in ${directory}`,
      );
    default:
      return new BelfryError('SOCKET_CREATE', `${text} cannot be created: ${why}`);
  }
}
