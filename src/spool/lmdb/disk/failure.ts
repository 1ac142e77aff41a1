/** What the database and the file system throw, told as what it is to the spool. */
import { BelfryError, messageOf } from '../../../base/error.ts';

/** An error of LMDB's own, or of a system call beneath it. */
const beneath = /MDB_|Input\/output error|Invalid argument|E(?:IO|ROFS|BADF|INVAL)\b/;

/** The same error, or BelfryError SPOOL_IO for one that says that the database cannot be read. */
export function readFailure(thrown: unknown): unknown {
  if (thrown instanceof BelfryError || !beneath.test(messageOf(thrown))) return thrown;
  return new BelfryError('SPOOL_IO', `the spool cannot be read: ${messageOf(thrown)}`, { cause: thrown });
}

/** The disk has no room for what was to be written; nothing of it was tried. */
export class NoRoomError extends BelfryError {
  constructor(message: string) {
    super('SPOOL_IO', `the spool cannot be written: ${message}`);
  }
}

/** See `Presence.absence`. */
export function absenceFailure(absence: string): BelfryError {
  return new BelfryError(
    'SPOOL_IO',
    `${absence}: nothing can be kept; put it back, or restart belfry, which begins a new spool`,
  );
}

export function writeFailure(reason: string): BelfryError {
  const remedy = 'mend its file system, or see that it lets belfry write';
  return new BelfryError('SPOOL_IO', `the spool cannot be written: ${reason}; ${remedy}`);
}

export function openFailure(directory: string, thrown: unknown): BelfryError {
  return new BelfryError('SPOOL_OPEN', `the spool in ${directory} cannot be opened: ${messageOf(thrown)}`);
}
