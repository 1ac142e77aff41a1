/** The deadline of one call of a notifier: when its signal aborts, and when it is abandoned. */
import { getEventListeners } from 'node:events';
import { longestTimerMs } from '../base/limits.ts';
import type { AbortReason } from '../notifier/notifier.ts';

/** How long a call is waited for after its signal has aborted, in milliseconds, by the reason of that. */
export type Patience = Readonly<Record<AbortReason, number>>;

/**
 * Signals of calls that have ended, for later calls. A new AbortSignal costs about 25 microseconds of processor time, most
 * of it in the garbage collector: a tenth of what the delivery to a webhook takes (Node 20).
 */
export class SignalPool {
  readonly #spare: AbortController[] = [];

  take(): AbortController {
    return this.#spare.pop() ?? new AbortController();
  }

  /** Keeps it, unless a later call would be affected by this one. */
  giveBack(controller: AbortController): void {
    const { signal } = controller;
    if (!signal.aborted && getEventListeners(signal, 'abort').length === 0) this.#spare.push(controller);
  }
}

export class CallTime {
  readonly #signals: SignalPool;
  readonly #controller: AbortController;
  readonly #patience: Patience;
  readonly #kill: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #abandon = (): void => {};
  #isOver = false;

  /** The signal aborts after `timeoutMs`, or when `kill` aborts. */
  constructor(signals: SignalPool, timeoutMs: number, patience: Patience, kill: AbortSignal) {
    this.#signals = signals;
    this.#controller = signals.take();
    this.#patience = patience;
    this.#kill = kill;
    this.extend(timeoutMs);
    kill.addEventListener('abort', this.#shutDown, { once: true });
    if (kill.aborted) this.#shutDown();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** See `Extend`. Without effect once the call is over. */
  readonly extend = (ms: number): void => {
    if (this.#isOver || this.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end('timeout'), Math.min(ms, longestTimerMs));
  };

  /** What `call`, which must not reject, resolves with; undefined when it is abandoned. To be called once. */
  settled<T>(call: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const settle = (given?: T): void => {
        if (this.#isOver) return;
        this.#isOver = true;
        clearTimeout(this.#timer);
        this.#kill.removeEventListener('abort', this.#shutDown);
        if (given !== undefined) this.#signals.giveBack(this.#controller);
        resolve(given);
      };
      this.#abandon = settle;
      void call.then(settle);
    });
  }

  readonly #shutDown = (): void => this.#end('shutdown');

  #end(reason: AbortReason): void {
    clearTimeout(this.#timer);
    // Once more round the event loop: where that was held up, the answer may have come meanwhile.
    this.#timer = setTimeout(() => setImmediate(() => this.#abandon()), this.#patience[reason]);
    this.#controller.abort(reason);
  }
}
