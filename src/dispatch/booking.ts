/** Books what attempts have brought: in the consumer's progress, in its admission, and with the observer. */
import { rateLimited } from '../log/rate-limited.ts';
import { type Outcome, untilResumedMs } from '../notifier/notifier.ts';
import type { AttemptRecord } from '../spool/spool.ts';
import type { Admission } from './admission.ts';
import type { AttemptResult } from './attempt.ts';
import type { ConsumerParts } from './consumer-parts.ts';
import type { Attempt } from './lane.ts';
import type { PendingProgress } from './pending-progress.ts';
import type { Recipient } from './recipient.ts';
import { nextAttempt } from './retry-schedule.ts';
import type { Run } from './run.ts';

/** What was attempted, and what came of it. */
export type Finished = AttemptResult & ({ readonly started: readonly Attempt[] } | { readonly run: Run });

/** Lines about attempts that were given up. */
const givenUpLimit = { lines: 1, periodMs: 600_000 };

/** Of a long history the first and the newest attempts are remembered, so that it stays small. */
const rememberedAttempts = 50;

function remember(attempts: readonly AttemptRecord[], attempt: AttemptRecord): readonly AttemptRecord[] {
  const [first, ...rest] = attempts;
  if (first === undefined) return [attempt];
  return [first, ...rest.slice(-(rememberedAttempts - 2)), attempt];
}

/** What the receiver said of each; undefined unless all are delivered. */
function answersOf(outcomes: readonly Outcome[]): readonly (string | undefined)[] | undefined {
  const answers: (string | undefined)[] = [];
  for (const outcome of outcomes) {
    if (outcome.status !== 'delivered') return undefined;
    answers.push(outcome.detail);
  }
  return answers;
}

export class Booking {
  readonly #recipient: Recipient;
  readonly #parts: ConsumerParts;
  readonly #admission: Admission;
  readonly #wake: () => void;
  readonly #sayGivenUp: ReturnType<typeof rateLimited>;
  readonly #results: Finished[] = [];

  /** `wake` says that there is something to book, or that a slot is free. */
  constructor(recipient: Recipient, parts: ConsumerParts, admission: Admission, wake: () => void) {
    this.#recipient = recipient;
    this.#parts = parts;
    this.#admission = admission;
    this.#wake = wake;
    this.#sayGivenUp = rateLimited({ ...givenUpLimit, now: parts.now });
  }

  /** Takes what a call has brought, to be booked at the next turn. */
  readonly add = (result: Finished): void => {
    this.#results.push(result);
    this.#wake();
  };

  /** Books all that has come. What `kill` has called off counts as no attempt. */
  book(progress: PendingProgress, kill: AbortSignal): void {
    for (let result = this.#results.shift(); result !== undefined; result = this.#results.shift()) {
      const { outcomes } = result;
      this.#judge(result, kill);
      if (result.stillGoing !== undefined) this.#abandon(result.stillGoing, outcomes);
      const started = 'run' in result ? this.#bookRun(progress, result.run, result) : result.started;
      progress.lanes.finish(started);
      // What failed together comes back together: as one request where the receiver takes several.
      let drawn: number | undefined;
      const spread = (): number => {
        drawn ??= this.#parts.random();
        return drawn;
      };
      const failedAt = this.#parts.now();
      for (const [i, attempt] of started.entries()) {
        const outcome = outcomes[i];
        if (outcome !== undefined) this.#bookOne(progress, attempt, outcome, result, { kill, spread, failedAt });
      }
      for (const lane of new Set(started.map((attempt) => attempt.lane))) progress.lanes.settle(lane);
    }
  }

  /** Answers what lanes have of it, to be booked one by one: nothing where all of it was delivered. */
  #bookRun(progress: PendingProgress, run: Run, { outcomes, at, durationMs }: AttemptResult): readonly Attempt[] {
    this.#admission.runs.ended(run);
    const answers = run.started === undefined ? answersOf(outcomes) : undefined;
    if (answers === undefined) {
      this.#admission.runs.left(progress.moveRunsToLanes().filter((other) => other !== run));
      return run.started ?? [];
    }
    this.#parts.observer.delivered(this.#recipient.name, run.deliveries, answers, durationMs);
    progress.attempted(at);
    progress.deliveredRuns(progress.runs.ended({ run, at: at + durationMs, answers }));
    return [];
  }

  /** What a call says about the receiver. */
  #judge({ outcomes }: AttemptResult, kill: AbortSignal): void {
    const { observer, now } = this.#parts;
    const { name, policy } = this.#recipient;
    const { throttle } = this.#admission;
    const asking = outcomes.find((outcome) => this.#pauseMsOf(outcome) !== undefined);
    const pauseMs = asking && this.#pauseMsOf(asking);
    if (asking?.status === 'retry' && pauseMs !== undefined) {
      this.#admission.finishUnjudged();
      observer.throttled(name, pauseMs, asking.reason, throttle.isCareful);
      throttle.ask(now(), pauseMs, asking.reason);
      return;
    }
    const [first] = outcomes;
    if (outcomes.some(({ status }) => status !== 'retry')) {
      this.#admission.finish(now(), undefined);
      if (throttle.succeeded(policy.concurrency)) observer.recovered(name);
    } else if (kill.aborted) this.#admission.finishUnjudged();
    else this.#admission.finish(now(), first?.status === 'retry' ? first.reason : '');
  }

  /** The pause that an outcome asks for, as far as it is obeyed; undefined when there is none. */
  #pauseMsOf(outcome: Outcome): number | undefined {
    const asked = outcome.status === 'retry' ? (outcome.pauseMs ?? 0) : 0;
    const { retryAfterMaxMs } = this.#recipient.policy;
    if (asked >= untilResumedMs && retryAfterMaxMs > 0) return untilResumedMs;
    const pauseMs = Math.min(asked, retryAfterMaxMs);
    return pauseMs > 0 ? pauseMs : undefined;
  }

  /** A call was given up: its slot is free, but there is an end to how many of them may be going on somewhere. */
  #abandon(stillGoing: Promise<void>, [first]: readonly Outcome[]): void {
    const { log } = this.#parts;
    const notifier = this.#recipient.name;
    const reason = first?.status === 'retry' ? first.reason : '';
    const wasStuck = this.#admission.isStuck;
    this.#admission.abandon();
    this.#sayGivenUp((suppressed) => {
      const more = suppressed > 0 ? { suppressed } : {};
      log.error({ notifier, reason, ...more }, 'abandoned an attempt that did not finish in time; another one follows');
    });
    if (this.#admission.isStuck && !wasStuck) {
      log.error({ notifier }, 'too many hung attempts; not starting more until one finishes');
    }
    void stillGoing.then(() => {
      this.#admission.ended();
      this.#wake();
    });
  }

  #bookOne(
    progress: PendingProgress,
    attempt: Attempt,
    outcome: Outcome,
    { at, durationMs }: AttemptResult,
    {
      kill,
      spread,
      failedAt,
    }: { readonly kill: AbortSignal; readonly spread: () => number; readonly failedAt: number },
  ): void {
    const { observer, now } = this.#parts;
    const { name, policy, notifier } = this.#recipient;
    const { totalMs } = this.#admission.throttle;
    const { item } = attempt;
    if (outcome.status === 'retry' && kill.aborted) {
      progress.callOff(attempt);
      return;
    }
    if (this.#pauseMsOf(outcome) !== undefined) {
      // Due at once: it is the admission that holds it back.
      progress.postpone(attempt, 0, item);
      return;
    }
    if (outcome.status === 'filtered') {
      const { option, detail } = outcome;
      observer.filtered(name, item.entry, option, detail);
      progress.filteredByNotifier(attempt, { option, detail }, now());
      return;
    }
    observer.attempted(name, item, outcome, durationMs, notifier.maxBatch > 1);
    if (outcome.status === 'delivered') {
      progress.attempted(at);
      progress.delivered(attempt, at + durationMs, outcome.detail);
      return;
    }
    progress.attempted(at, outcome.status === 'rejected' ? `rejected: ${outcome.reason}` : outcome.reason);
    const record: AttemptRecord = { at, durationMs, outcome: outcome.status, reason: outcome.reason };
    const attempts = remember(item.attempts, record);
    const pausedMs = item.attempts.length === 0 ? totalMs : item.pausedMs;
    const next =
      outcome.status === 'rejected'
        ? { givenUp: 'rejected' }
        : nextAttempt(policy, attempts, failedAt, spread, outcome.afterMs, totalMs - pausedMs);
    if ('givenUp' in next) {
      const reason = `${next.givenUp}: ${outcome.reason}`;
      progress.addDead(attempt, { at: now(), reason, attempts });
      observer.becameDead(name, item, reason);
    } else {
      progress.postpone(attempt, next.dueAt, { attempts, pausedMs });
    }
  }
}
