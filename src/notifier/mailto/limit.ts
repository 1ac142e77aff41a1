/** How many mails one recipient and one Sieve user get (RFC 5436 §5): the rest is counted, and summarised in one mail. */
import type { Rate } from '../../option/number-syntax.ts';

/** What is held back under one key: a recipient, or a user whose scripts send. */
export interface Held {
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** The recipient of the mail that summarises it. */
  readonly to: string;
}

interface Window {
  readonly startedAt: number;
  sent: number;
  held: Held | undefined;
}

/** A summary to send. */
export interface Summary extends Held {
  readonly key: string;
}

/** What is kept over a restart, as JSON. */
export type LimitState = readonly (readonly [key: string, startedAt: number, sent: number, held: Held | null])[];

/** More recipients than any hour of a real server has; each takes less than 1 kB. */
const maxKeys = 10_000;
const maxKeyLength = 300;

/**
 * Windows of time, each of which begins with its first mail. Within one at most `count` mails go out for a key; what comes
 * beyond is held, and a summary is due when the window is over. It is the first mail of the next one.
 */
export class MailLimit {
  readonly #rate: Rate;
  /** Called for what no summary will mention, because there is no room. */
  readonly #lost: (held: Held) => void;
  readonly #windows = new Map<string, Window>();

  constructor(rate: Rate, state: LimitState, lost: (held: Held) => void) {
    this.#rate = rate;
    this.#lost = lost;
    for (const [key, startedAt, sent, held] of state) {
      this.#windows.set(key, { startedAt, sent, held: held ?? undefined });
    }
  }

  /** Takes one mail of each key if all have one left; answers the key that has none. */
  reserve(keys: readonly string[], now: number): string | undefined {
    const windows = keys.map((key) => this.#window(key, now));
    const full = windows.findIndex(({ sent, held }) => sent >= this.#rate.count || held !== undefined);
    if (full >= 0) return keys[full];
    for (const window of windows) window.sent += 1;
    return undefined;
  }

  /** Gives back what was reserved for a mail that did not go out. */
  giveBack(keys: readonly string[]): void {
    for (const key of keys) {
      const window = this.#windows.get(shortened(key));
      if (window !== undefined && window.sent > 0) window.sent -= 1;
    }
  }

  /** Counts one that is held back. */
  hold(key: string, to: string, now: number): void {
    const window = this.#window(key, now);
    const { count, firstAt, to: first } = window.held ?? { count: 0, firstAt: now, to };
    window.held = { count: count + 1, firstAt, lastAt: now, to: first };
  }

  /** The summaries whose windows are over. */
  due(now: number): readonly Summary[] {
    return [...this.#windows].flatMap(([key, window]) =>
      window.held !== undefined && this.#isOver(window, now) ? [{ key, ...window.held }] : [],
    );
  }

  /** The summary has been sent: what it mentions is done. What was held since stays. */
  summarised({ key, count }: Summary, now: number): void {
    const held = this.#windows.get(key)?.held;
    const left = (held?.count ?? 0) - count;
    const rest = held !== undefined && left > 0 ? { ...held, count: left, firstAt: held.lastAt } : undefined;
    this.#windows.set(key, { startedAt: now, sent: 1, held: rest });
  }

  /** Milliseconds until a summary is due; undefined when nothing is held. */
  dueInMs(now: number): number | undefined {
    let soonest: number | undefined;
    for (const { startedAt, held } of this.#windows.values()) {
      if (held === undefined) continue;
      const inMs = Math.min(Math.max(0, startedAt + this.#rate.perMs - now), this.#rate.perMs);
      if (soonest === undefined || inMs < soonest) soonest = inMs;
    }
    return soonest;
  }

  state(now: number): LimitState {
    return [...this.#windows].flatMap(([key, window]) =>
      window.held === undefined && this.#isOver(window, now)
        ? []
        : [[key, window.startedAt, window.sent, window.held ?? null] as const],
    );
  }

  /** A clock that was set back ends a window as well. */
  #isOver({ startedAt }: Window, now: number): boolean {
    return now >= startedAt + this.#rate.perMs || now < startedAt;
  }

  #window(written: string, now: number): Window {
    const key = shortened(written);
    const known = this.#windows.get(key);
    if (known !== undefined && (known.held !== undefined || !this.#isOver(known, now))) return known;
    this.#windows.delete(key);
    if (this.#windows.size >= maxKeys) this.#makeRoom();
    const window: Window = { startedAt: now, sent: 0, held: undefined };
    this.#windows.set(key, window);
    return window;
  }

  /** Forgets the oldest that has nothing to report, else the oldest. */
  #makeRoom(): void {
    for (const [key, { held }] of this.#windows) {
      if (held !== undefined) continue;
      this.#windows.delete(key);
      return;
    }
    for (const [key, { held }] of this.#windows) {
      this.#windows.delete(key);
      if (held !== undefined) this.#lost(held);
      return;
    }
  }
}

/** Names of users have any length. */
const shortened = (key: string): string => key.slice(0, maxKeyLength);
