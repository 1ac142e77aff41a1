/** Makes a notifier of a program that keeps running: it divides calls into jobs, and keeps the order of each lane. */
import { abortReason, type Delivery, type Extend, type Notifier, type Outcome } from '../notifier.ts';
import { type Job, type StartJobProgram, settleAll } from './job.ts';
import { JobWindow, type WindowSettings } from './job-window.ts';

export interface JobNotifierSettings extends WindowSettings {
  /** Of the program, for reasons. */
  readonly path: string;
  readonly attemptTimeoutMs: number;
  /** The most deliveries that one call takes. Default: one for each job of the window. */
  readonly maxBatch?: number;
  /** How many deliveries at the beginning of `lane`, which are of one lane and in order, make the next job: at least one. */
  jobSize(lane: readonly Delivery[]): number;
}

/** Of the time limit: the share after which a program that answers gives all calls their time again. */
const extendShare = 1 / 20;

/**
 * The time limit applies to what the program does, not to what a call waits for: whenever the program answers, all calls
 * under way get the whole time again. So it is the longest time without an answer.
 */
export function jobNotifier(settings: JobNotifierSettings, start: StartJobProgram): Notifier {
  const { path, attemptTimeoutMs, size, maxBatch = size, now } = settings;
  const extensions = new Set<Extend>();
  let extendedAt = 0;
  const window = new JobWindow(settings, start, () => {
    const at = now();
    if (Math.abs(at - extendedAt) < attemptTimeoutMs * extendShare) return;
    extendedAt = at;
    for (const extend of extensions) extend(attemptTimeoutMs);
  });
  const stopped: Outcome = { status: 'retry', reason: `stopped before ${path} had confirmed this` };
  const late = `${path} did not answer within ${attemptTimeoutMs / 1000} s and was stopped`;

  function notify(
    deliveries: readonly Delivery[],
    signal: AbortSignal,
    extend: Extend | undefined,
  ): Promise<readonly Outcome[]> {
    return new Promise((resolve) => {
      const outcomes: Outcome[] = [];
      const jobs = new Set<Job>();
      let open = deliveries.length;

      function set(index: number, outcome: Outcome): void {
        outcomes[index] = outcome;
        open -= 1;
        if (open > 0) return;
        signal.removeEventListener('abort', abort);
        if (extend) extensions.delete(extend);
        resolve(outcomes);
      }
      function next(lane: readonly Delivery[], indices: readonly number[]): void {
        if (lane.length === 0) return;
        const count = lane.length === 1 ? 1 : settings.jobSize(lane);
        const job: Job = {
          deliveries: count === lane.length ? lane : lane.slice(0, count),
          settle: (answers) => {
            if (!jobs.delete(job)) return;
            let failed: Outcome | undefined;
            for (let i = 0; i < count; i += 1) {
              const answer = failed ?? answers[i] ?? stopped;
              if (answer.status === 'retry') failed = answer;
              set(indices[i] ?? 0, answer);
            }
            // After one that is tried again nothing of its lane may be delivered.
            if (failed !== undefined) for (const index of indices.slice(count)) set(index, failed);
            else next(lane.slice(count), indices.slice(count));
          },
        };
        jobs.add(job);
        window.submit(job);
      }
      function abort(): void {
        window.withdraw(jobs);
        const isLate = abortReason(signal) === 'timeout';
        if (isLate) window.hangs(late);
        for (const job of [...jobs]) settleAll(job, isLate ? { status: 'retry', reason: late } : stopped);
      }
      signal.addEventListener('abort', abort, { once: true });
      if (extend) extensions.add(extend);
      for (const [lane, indices] of byLane(deliveries)) next(lane, indices);
    });
  }

  return {
    maxBatch,
    notify: async (deliveries, signal, extend) => {
      if (signal.aborted) return deliveries.map(() => stopped);
      return deliveries.length === 0 ? [] : notify(deliveries, signal, extend);
    },
    close: () => window.close(),
  };
}

type Lane = readonly [deliveries: Delivery[], indices: number[]];

function byLane(deliveries: readonly Delivery[]): Iterable<Lane> {
  const lanes = new Map<string, Lane>();
  for (const [index, delivery] of deliveries.entries()) {
    const lane = lanes.get(delivery.lane);
    if (lane === undefined) lanes.set(delivery.lane, [[delivery], [index]]);
    else {
      lane[0].push(delivery);
      lane[1].push(index);
    }
  }
  return lanes.values();
}
