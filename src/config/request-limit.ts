/** How long one request may be, where an option and the size of the spool both have a say. */
import type { Fault } from './setting-line.ts';

/** Of the spool, what surrounds a request in it at the most. */
const surroundingBytes = 1024;

export interface RequestLimit {
  /** In bytes. */
  readonly maxBytes: number;
  readonly fault?: Fault;
}

/**
 * What is set must fit into the spool, or else no request of that length could ever be kept; what is not is `byDefault`,
 * or less where the spool takes less.
 */
export function requestLimit(set: number | undefined, byDefault: number, spoolBytes: number): RequestLimit {
  const most = spoolBytes - surroundingBytes;
  const maxBytes = Math.min(set ?? byDefault, most);
  if (set === undefined || set <= most) return { maxBytes };
  const message = `it is more than the spool can ever take (spool_max_size is ${spoolBytes})`;
  const least = set + surroundingBytes;
  return { maxBytes, fault: { message, remedy: `set it to ${most} at most, or spool_max_size to ${least} at least` } };
}
