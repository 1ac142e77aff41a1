/**
 * The circuit breaker of one notifier. When attempt after attempt fails, it is the receiver that is away, not the event
 * that is bad: then nothing is attempted for a while, so that the log does not fill with deferred events and a receiver
 * that comes back is not run over. One event at a time finds out whether it is back.
 */

export interface BreakerPolicy {
  /** Consecutive failures that open it; 0 means never. */
  readonly failures: number;
  /** Milliseconds of the first pause; each further one is twice as long. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
}

export type BreakerState = 'closed' | 'open' | 'probing';

export class Breaker {
  readonly #policy: BreakerPolicy;
  readonly #onChange: (state: BreakerState, pauseMs: number, reason: string) => void;
  #state: BreakerState = 'closed';
  #failures = 0;
  #pauses = 0;
  #until = 0;
  #since: number | undefined;

  /** `onChange` is called when it opens and when it closes again, once each. */
  constructor(policy: BreakerPolicy, onChange: (state: BreakerState, pauseMs: number, reason: string) => void) {
    this.#policy = policy;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** When the next probe may be made, in milliseconds since the epoch; undefined unless it is open. */
  get until(): number | undefined {
    return this.#state === 'open' ? this.#until : undefined;
  }

  /** When it opened, in milliseconds since the epoch; undefined when it is closed. */
  get since(): number | undefined {
    return this.#since;
  }

  /** How many attempts may be under way now, where `concurrency` is what the notifier allows. */
  limit(concurrency: number, now: number): number {
    // A pause that is longer than any: the clock has been set back.
    const isOver = now >= this.#until || this.#until - now > this.#policy.longestPauseMs;
    if (this.#state === 'open' && isOver) this.#state = 'probing';
    if (this.#state === 'closed') return concurrency;
    return this.#state === 'probing' ? 1 : 0;
  }

  /** Ends a pause: the next probe may be made at once. */
  probe(now: number): void {
    this.#until = Math.min(this.#until, now);
  }

  succeeded(): void {
    const was = this.#state;
    this.#state = 'closed';
    this.#failures = 0;
    this.#pauses = 0;
    this.#since = undefined;
    if (was !== 'closed') this.#onChange('closed', 0, '');
  }

  failed(now: number, reason: string): void {
    this.#failures++;
    const { failures, pauseMs, longestPauseMs } = this.#policy;
    if (failures === 0 || this.#state === 'open') return;
    if (this.#state === 'closed' && this.#failures < failures) return;
    const opens = this.#state === 'closed';
    const pause = Math.min(pauseMs * 2 ** this.#pauses, longestPauseMs);
    this.#state = 'open';
    this.#pauses++;
    this.#until = now + pause;
    if (opens) this.#since = now;
    if (opens) this.#onChange('open', pause, reason);
  }
}
