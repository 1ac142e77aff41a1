/** Recognises what another entry has reported already, so that it is delivered once: drivers of Dovecot beside each other. */
import { BoundedMap, type Bounds, bytesOfText, shortKey } from '../base/bounded-map.ts';
import type { Announcement, Entry, Position } from '../base/request.ts';
import type { FilterReason } from '../filter/filter.ts';

/**
 * For how long reports are remembered, in milliseconds between the times at which they were received, and how many at most. The
 * OX driver tries again after seconds; drivers are called one after the other, within one command of a client.
 */
const defaults = {
  onceMs: 10 * 60_000,
  othersMs: 10_000,
  repeatedMs: 1000,
  /** Of each of three memories. */
  remembered: { entries: 50_000, bytes: 16 * 1024 * 1024 } satisfies Bounds,
};
export type RepetitionLimits = Readonly<typeof defaults>;

/** The option by which a repetition is filtered, for every notifier. */
const option = 'repeated';

/** How many senders of one occurrence are distinguished: a site has two or three drivers. */
const mostSources = 16;

interface Report {
  /** At most {@link mostSources}. */
  readonly sources: number[];
  readonly server: string | undefined;
  readonly at: number;
  readonly id: string;
  /** Whether it is the first of its occurrence, and not perhaps a repetition of one that was never read. */
  readonly isFirst: boolean;
}

interface State {
  /** Key of what was reported. */
  readonly what: string;
  readonly source: number;
  readonly server: string | undefined;
  readonly at: number;
  readonly id: string;
}

/**
 * Reads the entries in the order of the spool, each once, and remembers which of them only repeat an earlier one:
 *
 * 1. What can happen only once is a repetition from any sender, also from the same one that tried again.
 * 2. Anything else is one when another sender has reported it, and this one has not yet. The second time that a sender reports
 *    the same thing it has happened again: read, unread, read.
 * 3. What makes something as it is (a mailbox created, deleted, subscribed) is a repetition also when the same sender
 *    reported it a moment ago and nothing else of the same mailbox since: Dovecot gives a script every mailbox event as
 *    often as there are drivers. Create, delete, create are three.
 *
 * What happens on another server is never one: the users and mailboxes of two servers may have the same names.
 *
 * **Why this loses nothing.** Each notifier has a cursor of its own, but all share one memory: whichever reads an entry first
 * has it decided, and the others get the same decision, also when they retry, replay or read again after a failure. After a
 * restart the memory is empty and knows only what was read since. Therefore, it calls nothing a repetition that a memory which
 * had read the whole spool would not call one too; so the entry which is repeated is a repetition for nobody, at no time, and
 * each notifier that passes over the repetition has been given that entry before (it was delivered, deferred, filtered or became a
 * dead letter), or began to read after it. In doubt it is none, and the event is delivered twice:
 *
 * - After a start, and where entries are skipped because they are damaged, what was reported before is unknown. A report of
 *   what can happen again may then be the first of its occurrence, or the second. No other is compared with it until so much
 *   time lies between that this is certain (`isFirst`). Only at the beginning of a spool nothing is unknown.
 * - Entries before the place where reading began, which a receiver that was away at a restart still has to get, are not compared.
 * - What is forgotten: bounds limit the memory of reports and that of decisions.
 * - A request that cannot be used has reported nothing: the next report of the same is delivered.
 */
export class Repetitions {
  readonly #limits: RepetitionLimits;
  /** By what was reported. */
  #reports: BoundedMap<Report>;
  /** By the name of what has a state. */
  #states: BoundedMap<State>;
  /** By the position of a repetition: why it is one. */
  readonly #found: BoundedMap<FilterReason>;
  #readTo: Position = 0;
  /** From when on all reports were read, in milliseconds since the epoch. */
  #completeFrom = Number.NEGATIVE_INFINITY;

  constructor(limits: Partial<RepetitionLimits> = {}) {
    this.#limits = { ...defaults, ...limits };
    const { remembered } = this.#limits;
    this.#reports = reportsWithin(remembered);
    this.#states = statesWithin(remembered);
    this.#found = new BoundedMap(remembered, ({ detail }) => bytesOfText(detail));
  }

  /** Why no notifier gets the entry at this position; undefined when it repeats none, or that is not known. */
  reasonAt(position: Position): FilterReason | undefined {
    // Where no sender repeats another, asking costs nothing.
    return this.#found.size === 0 ? undefined : this.#found.get(String(position));
  }

  /** Takes note of an entry; one that comes after it was read is passed over. `announced` is called only for one that is new. */
  read(entry: Entry, announced: () => Announcement | undefined): void {
    const { position, receivedAt } = entry;
    if (position <= this.#readTo) return;
    if (position !== this.#readTo + 1) {
      this.#reports = reportsWithin(this.#limits.remembered);
      this.#states = statesWithin(this.#limits.remembered);
      this.#completeFrom = receivedAt;
    }
    this.#readTo = position;
    const { source } = entry.request;
    const announcement = source === undefined ? undefined : announced();
    if (source === undefined || announcement === undefined) return;
    const { server, state = [] } = announcement;
    const what = shortKey(announcement.what);
    const names = state.map(shortKey);
    const last = this.#reports.get(what);
    const reason =
      (last && this.#repeats(last, source, receivedAt, announcement)) ??
      this.#restates(what, source, receivedAt, server, names);
    if (reason !== undefined) {
      this.#found.set(String(position), { option, detail: reason });
      return;
    }
    const { id } = entry;
    const { othersMs } = this.#limits;
    const isFirst =
      receivedAt - this.#completeFrom >= othersMs &&
      (last === undefined || last.isFirst || receivedAt - last.at >= othersMs);
    this.#reports.set(what, { sources: [source], server, at: receivedAt, id, isFirst });
    for (const name of names) this.#states.set(name, { what, source, server, at: receivedAt, id });
  }

  #repeats(last: Report, source: number, at: number, { server, once }: Announcement): string | undefined {
    if (differ(last.server, server)) return undefined;
    const { onceMs, othersMs } = this.#limits;
    const isSame = last.sources.includes(source);
    const reason = reasonOf(isSame ? 'the same' : 'another', last.id);
    const age = at - last.at;
    if (once && age < onceMs) return reason;
    if (isSame || age >= othersMs || !last.isFirst || last.sources.length >= mostSources) return undefined;
    last.sources.push(source);
    return reason;
  }

  #restates(
    what: string,
    source: number,
    at: number,
    server: string | undefined,
    names: readonly string[],
  ): string | undefined {
    const states = names.map((name) => this.#states.get(name));
    const isSame = (state: State | undefined): boolean =>
      state?.what === what &&
      state.source === source &&
      !differ(state.server, server) &&
      at - state.at < this.#limits.repeatedMs;
    if (!states.every(isSame)) return undefined;
    const [state] = states;
    return state && reasonOf('the same', state.id);
  }
}

function reportsWithin(bounds: Bounds): BoundedMap<Report> {
  return new BoundedMap(bounds, ({ server = '', id }) => 16 * mostSources + bytesOfText(server + id));
}

function statesWithin(bounds: Bounds): BoundedMap<State> {
  return new BoundedMap(bounds, ({ what, server = '', id }) => bytesOfText(what + server + id));
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

function reasonOf(which: 'the same' | 'another', id: string): string {
  return `reported by ${which} driver already: ${id}`;
}
