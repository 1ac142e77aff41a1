/**
 * Estimates what the sender lost before it reached us: UIDs of a mailbox rise by one, so an arrival that leaves some
 * out shows that events never came (a datagram that was too long, a server that found nobody at the socket).
 *
 * Only arrivals are compared with arrivals, because a server may be configured to report nothing else. `modseq` is
 * deliberately left alone. With conversations Cyrus counts it for all mailboxes of a user together
 * (`imap/conversations.c`); watched per user it would still rise for changes that are not reported (flags outside
 * `event_groups`, annotations, what JMAP does, excluded mailboxes), by an amount that nothing bounds; and events about
 * three messages or more do not carry it. So no jump of it is too large to be innocent, and a counter that cries at each
 * would teach its reader to look away. The price: only lost arrivals are seen, not the loss of other events.
 *
 * Sessions are not ordered among each other, so an arrival may come a little late: then what was suspected is taken back.
 *
 * What is remembered outlives the process (`snapshot`), because what is lost while nobody reads the socket shows itself
 * only after the restart.
 */
import { BoundedMap, longestKey, shortKey } from '../base/bounded-map.ts';
import { ifPossible } from '../base/error.ts';
import type { MailEvent } from '../base/event.ts';
import { parseImapUrl } from '../decode/imap-url.ts';
import { parseUidset } from '../decode/uidset.ts';

/** What is suspected: `first` to `last` are UIDs whose arrival was not reported. Negative `count`: it came after all. */
export interface Gap {
  readonly mailbox: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

interface Mailbox {
  /** The lowest UID that has not been heard of, and is not suspected. */
  next: number;
  /** UIDs that were left out, oldest first; only the newest few are remembered. */
  suspected: { readonly first: number; readonly last: number }[];
}

const watchedMailboxes = 10_000;
const watchedBytes = 16 * 1024 * 1024;
const rememberedGaps = 8;
/** Bytes of a gap in memory, at the most. */
const gapBytes = 64;

/** Events that bring messages into the mailbox of their `uri`. */
const arrivals = new Set(['MessageNew', 'MessageAppend', 'vnd.cmu.MessageCopy', 'vnd.cmu.MessageMove']);

export class GapWatch {
  readonly #mailboxes = new BoundedMap<Mailbox>(
    { entries: watchedMailboxes, bytes: watchedBytes },
    ({ suspected }) => gapBytes * suspected.length,
  );

  /** Takes note of an event; answers what follows from it. Events must come in the order of the spool, each once. */
  see(event: MailEvent): readonly Gap[] {
    if (!arrivals.has(event.event) || typeof event['uri'] !== 'string') return [];
    const url = parseImapUrl(event['uri']);
    if (!url.ok || url.value.mailbox === undefined || url.value.uidvalidity === undefined) return [];
    const { host, user = '', mailbox, uidvalidity, uid } = url.value;
    const ranges = uid === undefined ? uidRanges(event['uidset']) : [{ first: uid, last: uid }];
    const key = shortKey(`${host} ${user} ${mailbox} ${uidvalidity}`);
    const known = this.#mailboxes.get(key);
    const state = known ?? { next: ranges[0]?.first ?? 1, suspected: [] };
    const before = state.suspected.length;
    const gaps = ranges.flatMap((range) => arrive(state, range));
    if (known === undefined || state.suspected.length !== before) this.#mailboxes.set(key, state);
    return gaps.map((gap) => ({ mailbox, ...gap }));
  }

  /** What is remembered, for `restore`; at most 3 MiB. */
  snapshot(): Uint8Array {
    const rows = [...this.#mailboxes].map(
      ([key, { next, suspected }]): Row => [key, next, ...suspected.flatMap(({ first, last }) => [first, last])],
    );
    return Buffer.from(JSON.stringify(rows));
  }

  /** Remembers what a snapshot has, beside what it remembers already. False when that is none, and nothing is changed. */
  restore(snapshot: Uint8Array): boolean {
    const rows = rowsIn(snapshot);
    for (const [key, next, ...numbers] of rows ?? []) {
      const suspected = numbers.flatMap((first, i) => (i % 2 === 0 ? [{ first, last: numbers[i + 1] ?? first }] : []));
      this.#mailboxes.set(key, { next, suspected });
    }
    return rows !== undefined;
  }
}

/** A mailbox in a snapshot: its key, `next`, and the ends of what is suspected. */
type Row = readonly [key: string, next: number, ...ends: number[]];

function rowsIn(snapshot: Uint8Array): readonly Row[] | undefined {
  const rows: unknown = ifPossible(() => JSON.parse(Buffer.from(snapshot).toString()));
  return Array.isArray(rows) && rows.every(isRow) ? rows : undefined;
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row) || row.length < 2 || row.length > 2 + 2 * rememberedGaps) return false;
  const [key, ...numbers] = row;
  return typeof key === 'string' && key.length <= longestKey && numbers.every((number) => Number.isSafeInteger(number));
}

type Range = Pick<Gap, 'first' | 'last'>;

function uidRanges(uidset: unknown): readonly Range[] {
  const parsed = typeof uidset === 'string' ? parseUidset(uidset) : undefined;
  // A set with `*` does not say which UIDs it means.
  return parsed?.ok && !parsed.value.open ? parsed.value.ranges : [];
}

function arrive(state: Mailbox, { first, last }: Range): readonly Omit<Gap, 'mailbox'>[] {
  const gaps: Omit<Gap, 'mailbox'>[] = [];
  if (first > state.next) {
    gaps.push({ first: state.next, last: first - 1, count: first - state.next });
    state.suspected = [...state.suspected, { first: state.next, last: first - 1 }].slice(-rememberedGaps);
  }
  const rest = state.suspected.flatMap((gap) => {
    const [from, to] = [Math.max(gap.first, first), Math.min(gap.last, last)];
    if (from > to) return [gap];
    gaps.push({ first: from, last: to, count: from - to - 1 });
    return [
      { first: gap.first, last: from - 1 },
      { first: to + 1, last: gap.last },
    ].filter((part) => part.first <= part.last);
  });
  // A late arrival in the middle of a gap makes two of it: a set of many such would make as many.
  state.suspected = rest.slice(-rememberedGaps);
  state.next = Math.max(state.next, last + 1);
  return gaps;
}
