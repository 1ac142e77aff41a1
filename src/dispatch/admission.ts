/** How many attempts one notifier may begin now: its concurrency, its circuit breaker, what its receiver asks for, its rate. */
import { Breaker, type BreakerState } from './breaker.ts';
import { RateLimit } from './rate.ts';
import type { DispatchPolicy } from './recipient.ts';
import { RunRest } from './run.ts';
import { Throttle } from './throttle.ts';

/** Calls that were given up and have not ended: each may hold memory and a connection, so there is an end to it. */
const minAbandonedLimit = 64;

/** A batch that takes longer than this is one that hangs. */
const slowBatchMs = 1000;

export class Admission {
  /** The pause that the receiver asks for. */
  readonly throttle = new Throttle();
  readonly runs = new RunRest();
  readonly #concurrency: number;
  readonly #breaker: Breaker;
  readonly #rate: RateLimit;
  #inFlight = 0;
  #abandoned = 0;
  #batchUntil = 0;

  constructor(
    { concurrency, breaker, rate }: DispatchPolicy,
    now: number,
    onChange: (state: BreakerState, pauseMs: number, reason: string) => void,
  ) {
    this.#concurrency = concurrency;
    this.#breaker = new Breaker(breaker, onChange);
    this.#rate = new RateLimit(rate, now);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get breaker(): BreakerState {
    return this.#breaker.state;
  }

  /** While the receiver is taken to be away: when the next attempt may be made, in milliseconds since the epoch. */
  get pausedUntil(): number | undefined {
    return this.#breaker.until;
  }

  /** Since when the receiver is taken to be away, in milliseconds since the epoch; undefined while it is not. */
  get awaySince(): number | undefined {
    return this.#breaker.since;
  }

  /** Somebody says that the receiver is back: the next attempt may be made now. */
  probe(now: number): void {
    this.#breaker.probe(now);
  }

  /** Whether there is any use in reading more: not while the receiver is taken to be away, or asks for a pause. */
  isOpen(now: number): boolean {
    return this.#limit(1, now) > 0;
  }

  /** So many calls were given up and have not ended that no further one is made until one of them does. */
  get isStuck(): boolean {
    return this.#abandoned >= Math.max(minAbandonedLimit, 2 * this.#concurrency);
  }

  /** Attempts are made as usual, and those under way have not begun so long ago that one of them may hang. */
  isQuick(now: number): boolean {
    if (this.#breaker.state !== 'closed' || this.throttle.isCareful || this.#abandoned > 0) return false;
    return this.#inFlight === 0 || this.#batchTakesMs(now) > 0;
  }

  hasFreeSlot(now: number): boolean {
    return !this.isStuck && this.#inFlight < this.#limit(this.#concurrency, now);
  }

  /** How many deliveries the next call may have; 0 when no call may be made. */
  slots(maxBatch: number, now: number): number {
    return this.hasFreeSlot(now) ? Math.min(maxBatch, this.#rate.available(now)) : 0;
  }

  /** Whether those behind a full lane could go on: a slot is free for them, and it is not for the moment that a batch takes. */
  hasIdleCapacity(now: number): boolean {
    return this.hasFreeSlot(now) && this.#batchTakesMs(now) === 0;
  }

  start(deliveries: number, now: number, isBatch: boolean): void {
    this.#inFlight++;
    this.#batchUntil = isBatch ? now + slowBatchMs : now;
    this.#rate.spend(deliveries);
  }

  /** A call came back. `failure`: why none of its deliveries reached the receiver; undefined when one did. */
  finish(now: number, failure: string | undefined): void {
    this.#inFlight--;
    if (failure === undefined) this.#breaker.succeeded();
    else this.#breaker.failed(now, failure);
  }

  /** A call came back that says nothing about the receiver: we had called it off, or the receiver asks for a pause. */
  finishUnjudged(): void {
    this.#inFlight--;
  }

  /** A call that came back was given up, and may still be going on. */
  abandon(): void {
    this.#abandoned++;
  }

  /** It has ended after all. */
  ended(): void {
    this.#abandoned--;
  }

  /** Milliseconds until the admission opens by itself; undefined when time alone changes nothing. */
  opensInMs(now: number): number | undefined {
    const { until } = this.#breaker;
    const pauseMs = this.throttle.waitMs(now);
    if (until !== undefined) return Math.max(0, until - now, pauseMs ?? 0);
    if (pauseMs !== undefined) return pauseMs;
    const waitMs = Math.max(this.#rate.waitMs(now), this.#batchTakesMs(now));
    return waitMs === 0 ? undefined : waitMs;
  }

  #limit(concurrency: number, now: number): number {
    return Math.min(this.#breaker.limit(concurrency, now), this.throttle.limit(concurrency, now));
  }

  #batchTakesMs(now: number): number {
    const waitMs = this.#inFlight === 0 ? 0 : this.#batchUntil - now;
    // More than it ever is: the clock has been set back.
    return waitMs > slowBatchMs ? 0 : Math.max(0, waitMs);
  }
}
