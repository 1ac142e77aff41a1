/** What the database and the file system throw, as the errors of the spool. */
import { BelfryError, messageOf } from '../../../base/error.ts';

/** An error of LMDB's own, or of a system call beneath it. */
const beneath = /MDB_|Input\/output error|Invalid argument|E(?:IO|ROFS|BADF|INVAL)\b/;

/** The same error, or BelfryError SPOOL_IO for one that says that the database cannot be read. */
export function readFailure(thrown: unknown): unknown {
  if (thrown instanceof BelfryError || !beneath.test(messageOf(thrown))) return thrown;
  return new BelfryError('SPOOL_IO', `cannot read the spool: ${messageOf(thrown)}`, { cause: thrown });
}

/** The disk has no room for what was to be written; nothing of it was tried. */
export class NoRoomError extends BelfryError {
  constructor(message: string) {
    super('SPOOL_IO', `cannot write to the spool: ${message}`);
  }
}

/** See `FileWatch.absence`. */
export function absenceFailure(absence: string): BelfryError {
  return new BelfryError(
    'SPOOL_IO',
    `${absence}; belfry cannot store anything. Restore it, or restart belfry, which creates a new spool`,
  );
}

export function writeFailure(reason: string): BelfryError {
  const remedy = 'repair its file system, or give belfry write permission';
  return new BelfryError('SPOOL_IO', `cannot write to the spool: ${reason}; ${remedy}`);
}

export function openFailure(directory: string, thrown: unknown): BelfryError {
  return new BelfryError('SPOOL_OPEN', `cannot open the spool in ${directory}: ${messageOf(thrown)}`);
}
