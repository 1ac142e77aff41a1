/** Holds what was sent, what the log has and what was delivered against each other. */
import type { Delivered } from './crash-place.ts';
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
  log: readonly Delivered[],
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
    throw new Error(`entry ${position} of the log, ${next.key}, was not accepted, or comes after a gap or twice`);
  }
  return { all, most };
}

/**
 * Throws unless everything in the log was delivered, under the id that it has there, nothing else was, and in each mailbox
 * for the first time in the order of the log.
 */
export function expectOrder(log: readonly Delivered[], delivered: readonly Delivered[]): void {
  const ids = new Map(log.map(({ key, id }) => [key, id]));
  const first = new Map<string, Key[]>();
  const seen = new Set<Key>();
  for (const { key, id } of delivered) {
    const mailbox = mailboxOf(key);
    if (ids.get(key) !== id) throw new Error(`${key} was delivered as ${id}; in the log it is ${ids.get(key)}`);
    if (!seen.has(key)) first.set(mailbox, [...(first.get(mailbox) ?? []), key]);
    seen.add(key);
  }
  for (const { key } of log) if (!seen.has(key)) throw new Error(`${key} is in the log and was never delivered`);
  const next = new Map<string, number>();
  for (const { key } of log) {
    const mailbox = mailboxOf(key);
    const index = next.get(mailbox) ?? 0;
    const was = first.get(mailbox)?.[index];
    if (was !== key) throw new Error(`in ${mailbox} ${was} was delivered before ${key}`);
    next.set(mailbox, index + 1);
  }
}

/** One notification, with the life of the daemon that delivered it. */
export interface DeliveredInLife extends Delivered {
  readonly life: number;
}

export interface Repeats {
  /** Delivered again by the life that had delivered it: its receiver has it and did not say so. */
  readonly withinLife: number;
  /** Delivered again because the life that had delivered it was killed before it could write that down. */
  readonly afterKill: number;
  /** The most of them after one kill. */
  readonly mostAfterKill: number;
}

/**
 * Throws unless the order of each mailbox holds within each life: nothing is delivered after a later one, and what is delivered
 * again comes directly after itself. A new life may only deliver again what was under way when the last one was killed,
 * which is at most `batch` of a mailbox. Answers how often something was delivered again.
 */
export function expectLives(log: readonly Delivered[], delivered: readonly DeliveredInLife[], batch: number): Repeats {
  const places = placesInMailbox(log);
  const last = new Map<string, { life: number; place: number; newest: number }>();
  const afterKill = new Map<number, number>();
  let withinLife = 0;
  for (const { key, life } of delivered) {
    const mailbox = mailboxOf(key);
    const place = places.get(key) ?? -1;
    const before = last.get(mailbox) ?? { life, place: -1, newest: -1 };
    if (before.life === life && place < before.place)
      throw new Error(`life ${life} delivered ${key} after a later one`);
    if (before.life === life && place === before.place) withinLife += 1;
    const newest = before.life === life ? before.newest : Math.max(before.newest, before.place);
    if (place <= newest) {
      if (newest - place >= batch)
        throw new Error(`life ${life} delivered ${key} again, ${newest - place} after the last`);
      if (place > before.place || before.life !== life) afterKill.set(life, (afterKill.get(life) ?? 0) + 1);
    }
    last.set(mailbox, { life, place, newest });
  }
  const counts = [...afterKill.values()];
  return { withinLife, afterKill: counts.reduce((a, b) => a + b, 0), mostAfterKill: Math.max(0, ...counts) };
}

/** Of each key: how many of its mailbox stand before it in the log. */
function placesInMailbox(log: readonly Delivered[]): ReadonlyMap<Key, number> {
  const places = new Map<Key, number>();
  const counts = new Map<string, number>();
  for (const { key } of log) {
    const mailbox = mailboxOf(key);
    const place = counts.get(mailbox) ?? 0;
    counts.set(mailbox, place + 1);
    places.set(key, place);
  }
  return places;
}
