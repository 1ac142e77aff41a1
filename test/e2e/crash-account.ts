/** Holds what was sent, what the log has and what was told against each other. */
import type { Told } from './crash-place.ts';
import { type Key, mailboxOf } from './numbered-sender.ts';

export interface Life {
  /** How many of its first requests the daemon had said that it has, before it was killed. */
  readonly acknowledged: number;
}

export interface Lost {
  readonly all: number;
  /** With one kill. */
  readonly most: number;
}

/**
 * Throws unless the log has, of each life, the first so many that were accepted, in that order and nothing else, and of
 * them at least the acknowledged ones. Answers how many of the last ones are missing.
 */
export function expectPrefixes(
  accepted: readonly (readonly Key[])[],
  lives: readonly Life[],
  log: readonly Told[],
): Lost {
  let [position, all, most] = [0, 0, 0];
  for (const [life, keys] of accepted.entries()) {
    let kept = 0;
    while (kept < keys.length && log[position]?.key === keys[kept]) {
      kept += 1;
      position += 1;
    }
    const acknowledged = lives[life]?.acknowledged ?? 0;
    if (kept < acknowledged) throw new Error(`life ${life}: ${acknowledged} were acknowledged, the log has ${kept}`);
    all += keys.length - kept;
    most = Math.max(most, keys.length - kept);
  }
  const next = log[position];
  if (next !== undefined) {
    throw new Error(`entry ${position} of the log, ${next.key}, was not accepted, or stands behind a gap or twice`);
  }
  return { all, most };
}

/**
 * Throws unless everything in the log was told, under the id that it has there, nothing else was, and in each mailbox
 * for the first time in the order of the log.
 */
export function expectOrder(log: readonly Told[], told: readonly Told[]): void {
  const ids = new Map(log.map(({ key, id }) => [key, id]));
  const first = new Map<string, Key[]>();
  const seen = new Set<Key>();
  for (const { key, id } of told) {
    const mailbox = mailboxOf(key);
    if (ids.get(key) !== id) throw new Error(`${key} was told as ${id}; in the log it is ${ids.get(key)}`);
    if (!seen.has(key)) first.set(mailbox, [...(first.get(mailbox) ?? []), key]);
    seen.add(key);
  }
  for (const { key } of log) if (!seen.has(key)) throw new Error(`${key} is in the log and was never told`);
  const next = new Map<string, number>();
  for (const { key } of log) {
    const mailbox = mailboxOf(key);
    const index = next.get(mailbox) ?? 0;
    const was = first.get(mailbox)?.[index];
    if (was !== key) throw new Error(`in ${mailbox} ${was} was told before ${key}`);
    next.set(mailbox, index + 1);
  }
}
