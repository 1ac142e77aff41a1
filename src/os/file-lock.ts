/** A lock on a file that ends with the process which holds it, however that ends: flock(2), which Node does not offer. */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import koffi from 'koffi';
import { BelfryError, messageOf } from '../base/error.ts';
import { errnoText, flock, LOCK_EX, LOCK_NB, lastErrno } from './libc.ts';

const { EAGAIN = 11, ENOLCK = 37 } = koffi.os.errno;

export interface FileLock {
  /** Idempotent. */
  release(): void;
}

/**
 * Takes the lock on a file, which is made if need be and stays when the lock is released. It holds the id of the process
 * that has the lock. Throws BelfryError SPOOL_LOCKED with that id when another one has it, or this one already;
 * SPOOL_OPEN when the file cannot be used.
 */
export function lockFile(path: string): FileLock {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'a+', 0o600);
  } catch (thrown) {
    throw new BelfryError(
      'SPOOL_OPEN',
      `the lock ${path} cannot be opened: ${messageOf(thrown)}; the user of the daemon must be able to write there`,
    );
  }
  try {
    if (flock(descriptor, LOCK_EX | LOCK_NB) !== 0) throw refusal(path, descriptor, lastErrno());
    ftruncateSync(descriptor);
  } catch (thrown) {
    closeSync(descriptor);
    if (thrown instanceof BelfryError) throw thrown;
    throw new BelfryError('SPOOL_OPEN', `the lock ${path} cannot be written: ${messageOf(thrown)}`);
  }
  try {
    writeSync(descriptor, `${process.pid}\n`);
  } catch {
    // A full disk. The lock holds all the same; only our process id is not in it.
  }
  return {
    release() {
      // The lock goes with the descriptor. The file stays: by now it may be the lock of another process.
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function refusal(path: string, descriptor: number, errno: number): BelfryError {
  if (errno === EAGAIN) {
    const holder = Buffer.alloc(32);
    const text = holder.toString('latin1', 0, readSync(descriptor, holder, 0, holder.length, 0)).trim();
    const process = /^[0-9]+$/.test(text) ? `process ${text}` : 'another process';
    return new BelfryError('SPOOL_LOCKED', `${path} is locked by ${process}: stop that one first`);
  }
  const hint = errno === ENOLCK ? '; the file system has no locks to give: put the spool on a local disk' : '';
  return new BelfryError('SPOOL_OPEN', `${path} cannot be locked: ${errnoText(errno)}${hint}`);
}
