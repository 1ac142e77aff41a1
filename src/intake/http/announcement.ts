/** Recognises one occurrence that several senders report, so that it is taken once: drivers of Dovecot beside each other. */
import { BoundedMap, type Bounds, bytesOfText } from '../../base/bounded-map.ts';
import type { RawRequest } from '../../base/request.ts';

export interface Announcement {
  /** The occurrence: the same text from every sender that reports it. */
  readonly what: string;
  /** The sender: the same text in everything that it sends. */
  readonly by: string;
  /** The mail server on which it happened; absent when the sender does not say, and then it may be any. */
  readonly server?: string;
  /** Whether it can happen only once, as the arrival of the message of a UID can. */
  readonly once: boolean;
  /** Names of what has its present state by `what`, until something else is reported of it: a mailbox by its name. */
  readonly state?: readonly string[];
}

/** A request that another sender may report as well. */
export interface AnnouncedRequest extends RawRequest {
  readonly announcement?: Announcement;
}

/** For how long reports are remembered, in milliseconds, and how many at most. */
export interface AnnouncementLimits {
  readonly onceMs: number;
  readonly othersMs: number;
  readonly repeatedMs: number;
  readonly remembered: Bounds;
}

/** The OX driver tries again after seconds; drivers are called one after the other, within one command of a client. */
const defaults: AnnouncementLimits = {
  onceMs: 10 * 60_000,
  othersMs: 10_000,
  repeatedMs: 1000,
  remembered: { entries: 20_000, bytes: 16 * 1024 * 1024 },
};

/** How many senders of one occurrence are told apart: a site has two or three drivers. */
const mostSenders = 16;

interface Told {
  readonly by: Set<string>;
  readonly server: string | undefined;
  readonly at: number;
}

interface State {
  readonly what: string;
  readonly by: string;
  readonly server: string | undefined;
  readonly at: number;
}

/**
 * Remembers what was taken and is durable, and says whether an announcement only repeats that:
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
 * Where it is in doubt, or forgotten, nothing is a repetition: a duplicate does less harm than a loss.
 */
export class RecentAnnouncements {
  readonly #limits: AnnouncementLimits;
  readonly #now: () => number;
  readonly #told: BoundedMap<Told>;
  readonly #states: BoundedMap<State>;

  constructor(now: () => number, limits: Partial<AnnouncementLimits> = {}) {
    this.#now = now;
    this.#limits = { ...defaults, ...limits };
    const { remembered } = this.#limits;
    this.#told = new BoundedMap(remembered, ({ by, server = '' }) => bytesOfText([...by, server].join('')));
    this.#states = new BoundedMap(remembered, ({ what, by, server = '' }) => bytesOfText(`${what}${by}${server}`));
  }

  /** Whether it only repeats what was noted. Asked once for each announcement: the answer counts for the next question. */
  repeats({ what, by, server, once, state: names = [] }: Announcement): boolean {
    const { onceMs, othersMs, repeatedMs } = this.#limits;
    const last = this.#told.get(what);
    const told = last === undefined || differ(last.server, server) ? undefined : last;
    const age = told === undefined ? Number.POSITIVE_INFINITY : this.#now() - told.at;
    if (told !== undefined && once && age < onceMs) return true;
    if (told !== undefined && age < othersMs && !told.by.has(by) && told.by.size < mostSenders) {
      told.by.add(by);
      this.#told.set(what, told);
      return true;
    }
    return (
      names.length > 0 &&
      names.every((name) => {
        const state = this.#states.get(name);
        if (state === undefined || state.what !== what || state.by !== by || differ(state.server, server)) return false;
        return this.#now() - state.at < repeatedMs;
      })
    );
  }

  /** Takes note of what is in the log now. */
  note({ what, by, server, state = [] }: Announcement): void {
    const at = this.#now();
    this.#told.set(what, { by: new Set([by]), server, at });
    for (const name of state) this.#states.set(name, { what, by, server, at });
  }
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
