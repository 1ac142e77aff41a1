/** Where requests are handed over whose senders wait to hear what becomes of them. */
import type { Logger } from 'pino';
import { rateLimited } from '../log/rate-limited.ts';
import { Handover } from './handover.ts';
import type { Accept, IntakeCounts } from './intake.ts';

/** What goes into one call of `accept`, roughly: as many requests as wait for it make one commit. */
const maxRequests = 4096;
/** The same in bytes: so many are copied on their way into the spool, beside those that are held. */
const maxBytes = 8 * 1024 * 1024;
const logPeriodMs = 10_000;

/** A handover that is there once its intake runs: the senders that come before that wait. */
export class AnsweredHandover {
  /** Resolves when the intake runs; with undefined when it is closed before that. */
  readonly begun: Promise<Handover | undefined>;
  readonly #log: Logger;
  readonly #limit: ReturnType<typeof rateLimited>;
  #settle: (handover: Handover | undefined) => void = () => {};
  #handover: Handover | undefined;
  #lost = 0;

  /** `now`: milliseconds, for the limit on log lines. */
  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#limit = rateLimited({ lines: 1, periodMs: logPeriodMs, now });
    this.begun = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** To be called once, when the intake runs; `address` is for the log. What is held meanwhile is bounded by its reader. */
  begin(accept: Accept, address: string): Handover {
    if (this.#handover !== undefined) throw new Error('an intake runs once');
    const onLost = (requests: number, reason: string): void => {
      this.#lost += requests;
      this.#limit((suppressed) => {
        this.#log.error({ address, requests, reason, suppressed }, 'refused requests: the spool did not store them');
      });
    };
    this.#handover = new Handover(accept, {
      ...{ maxRequests, maxBytes, onLost },
      maxPendingBytes: Number.POSITIVE_INFINITY,
    });
    this.#settle(this.#handover);
    return this.#handover;
  }

  /** The intake is closed: if it has not run, it never will. */
  close(): void {
    this.#settle(undefined);
  }

  counts(): IntakeCounts {
    return { received: this.#handover?.taken ?? 0, truncated: 0, lost: this.#lost };
  }
}
