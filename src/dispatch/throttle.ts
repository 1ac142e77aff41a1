/**
 * Obeys a receiver that asks to be left alone for a time (Retry-After). Nothing is attempted until then; afterwards one
 * attempt at a time, and more of them again as attempts succeed, so that a receiver of one a second gets about that
 * and not a burst after each pause: the additive increase of TCP's congestion avoidance (RFC 5681 §3.1).
 */
import { endedPause, waitsForSomebody } from '../spool/asked-pause.ts';
import type { AskedPause } from '../spool/spool.ts';

/** By how much an attempt that reached the receiver raises the number that may be under way. */
const growth = 1 / 8;

export class Throttle {
  #pause: AskedPause | undefined;
  /** How many attempts may be under way; no limit when undefined. */
  #window: number | undefined;
  #changed = false;

  /** The pause that was asked for; it may be over. */
  get pause(): AskedPause | undefined {
    return this.#pause;
  }

  /** Whether fewer attempts are made than usual. */
  get isCareful(): boolean {
    return this.#window !== undefined;
  }

  /** Milliseconds of all pauses so far. */
  get totalMs(): number {
    return this.#pause?.totalMs ?? 0;
  }

  /** Milliseconds until something may be attempted; undefined when that is now. */
  waitMs(now: number): number | undefined {
    const { until } = this.#pause ?? { until: 0 };
    return until > now ? until - now : undefined;
  }

  /** How many attempts may be under way, where `concurrency` is what the notifier allows. */
  limit(concurrency: number, now: number): number {
    if (this.waitMs(now) !== undefined) return 0;
    return Math.min(concurrency, Math.floor(this.#window ?? concurrency));
  }

  /**
   * The receiver asks for `ms`, counted from `now`. It never shortens a pause; one that an administrator has made stays the
   * administrator's, so that neither a retry nor a restart ends it.
   */
  ask(now: number, ms: number, reason: string): void {
    this.#window = 1;
    const [begins, until] = [Math.max(now, this.#pause?.until ?? 0), now + ms];
    if (until <= begins) return;
    const by = this.waitMs(now) === undefined ? undefined : this.#pause?.by;
    // Whoever has paused it until somebody resumes it needs no other end.
    if (by !== undefined && this.#pause !== undefined && waitsForSomebody(this.#pause, now)) return;
    const totalMs = this.totalMs + until - begins;
    this.#pause = { at: now, until, reason, totalMs, ...(by === undefined ? {} : { by }) };
    this.#changed = true;
  }

  /** An attempt has reached the receiver. Answers whether from now on as many are made as usual. */
  succeeded(concurrency: number): boolean {
    if (this.#window === undefined) return false;
    this.#window += growth;
    if (this.#window < concurrency) return false;
    this.#window = undefined;
    return true;
  }

  /** Takes over what the spool says: what a process before this one was asked for, or that somebody has ended the pause. */
  takeOver(pause: AskedPause | undefined, now: number): void {
    this.#pause = pause;
    if (this.waitMs(now) !== undefined && pause?.by === undefined) this.#window ??= 1;
  }

  /** The same when the notifier starts, which resumes one that waited for that; not one that an administrator has paused. */
  begin(pause: AskedPause | undefined, now: number): void {
    const waits = pause !== undefined && pause.by === undefined && waitsForSomebody(pause, now);
    this.takeOver(waits ? endedPause(pause, now) : pause, now);
    this.#changed = waits;
  }

  /** The pause, if the spool does not have it yet. */
  takeChange(): AskedPause | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return this.#pause;
  }
}
