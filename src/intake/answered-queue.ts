/** The queue of an intake whose senders wait for an answer. */
import type { Logger } from 'pino';
import { lineLimit, rateLimited } from '../log/rate-limited.ts';
import type { IntakeRecorder } from '../metrics/intake-recorder.ts';
import { AcceptQueue } from './accept-queue.ts';
import type { Accept, IntakeCounts } from './intake.ts';

/** What goes into one call of `accept`, roughly: as many requests as wait for it make one commit. */
const maxRequests = 4096;
/** The same in bytes: so many are copied on their way into the spool, beside those that are held. */
const maxBytes = 8 * 1024 * 1024;

/** An AcceptQueue that exists once its intake runs; senders that come before that wait. */
export class AnsweredQueue {
  /** Resolves when the intake runs; with undefined when it is closed before that. */
  readonly begun: Promise<AcceptQueue | undefined>;
  readonly #log: Logger;
  readonly #limit: ReturnType<typeof rateLimited>;
  readonly #recorder: IntakeRecorder | undefined;
  #settle: (queue: AcceptQueue | undefined) => void = () => {};
  #queue: AcceptQueue | undefined;
  #lost = 0;

  /** `now`: milliseconds, for the limit on log lines. */
  constructor(log: Logger, now: () => number, recorder?: IntakeRecorder) {
    this.#log = log;
    this.#recorder = recorder;
    this.#limit = rateLimited({ ...lineLimit, now });
    this.begun = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** To be called once, when the intake runs; `address` is for the log. What is held meanwhile is bounded by its reader. */
  begin(accept: Accept, address: string): AcceptQueue {
    if (this.#queue !== undefined) throw new Error('an intake runs once');
    const onLost = (requests: number, reason: string): void => {
      this.#lost += requests;
      this.#limit((suppressed) => {
        this.#log.error({ address, requests, reason, suppressed }, 'refused requests: the spool did not store them');
      });
    };
    this.#queue = new AcceptQueue(accept, {
      ...{ maxRequests, maxBytes, onLost, recorder: this.#recorder },
      maxPendingBytes: Number.POSITIVE_INFINITY,
    });
    this.#settle(this.#queue);
    return this.#queue;
  }

  /** The intake is closed: if it has not run, it never will. */
  close(): void {
    this.#settle(undefined);
  }

  counts(): IntakeCounts {
    return { received: this.#queue?.taken ?? 0, truncated: 0, lost: this.#lost };
  }
}
