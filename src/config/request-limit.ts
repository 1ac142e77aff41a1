/** How long one request may be, where an option and the size of the spool both have a say. */
import { error, type Problem } from '../option/problem.ts';

/** Of the spool, what surrounds a request in it at the most. */
const surroundingBytes = 1024;
/** The part of the spool that dead letters may take (`spool/lmdb/consumers/shedding.ts`): a longer request could never be one. */
const deadShare = 1 / 4;

export interface RequestLimit {
  /** In bytes. */
  readonly maxBytes: number;
  readonly problem?: Problem;
}

/**
 * What is set must fit into the share of the spool that dead letters have, or else no request of that length could ever be
 * kept as one; what is not set is `byDefault`, or less where the spool takes less.
 */
export function requestLimit(set: number | undefined, byDefault: number, spoolBytes: number): RequestLimit {
  const most = Math.floor(spoolBytes * deadShare) - surroundingBytes;
  const maxBytes = Math.min(set ?? byDefault, most);
  if (set === undefined || set <= most) return { maxBytes };
  const message = `it is more than a quarter of spool_max_size (${spoolBytes}), so such a request could not become a dead letter`;
  const least = Math.ceil((set + surroundingBytes) / deadShare);
  return { maxBytes, problem: error(message, `set it to ${most} at most, or spool_max_size to ${least} at least`) };
}
