/**
 * The consumer that keeps what cannot be passed on: requests whose frame, event or method is wrong. Each is
 * a dead letter like any other, with its bytes and the reason, but without an attempt.
 */
import type { Entry, Position } from '../base/request.ts';
import type { Flaw } from '../examine/examine.ts';
import type { Examiner } from '../examine/examiner.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { Notifier } from '../notifier/notifier.ts';
import { unusableConsumer } from '../spool/spool.ts';
import { soundOption } from './next-commit.ts';
import type { Recipient } from './recipient.ts';
import type { Call } from './seldom.ts';

const neverOpens = { failures: 0, pauseMs: 0, longestPauseMs: 0 };

const sound: Route = { kind: 'filtered', reason: { option: soundOption, detail: 'nothing is wrong with it' } };

/**
 * `onSound` is called for each entry that nothing is wrong with, once and in the order of the log, and `onFlawed` for each
 * other; they must not throw. `seldom` is to be called for each that something is wrong with.
 */
export function unusableRecipient(
  examiner: Pick<Examiner, 'flaw' | 'isUnusable' | 'recognise'>,
  onSound: (entry: Entry) => void,
  seldom?: Call,
  onFlawed: (entry: Entry) => void = () => {},
): Recipient {
  let told: Position = 0;
  return {
    name: unusableConsumer,
    notifier: nobody,
    // A flood of junk must not hold up the good events that come with it.
    follows: true,
    ...(seldom && { seldom }),
    policy: {
      concurrency: 1,
      attemptTimeoutMs: 0,
      retryScheduleMs: [],
      retryForMs: 0,
      retryAfterMaxMs: 0,
      breaker: neverOpens,
    },
    recognise: (entry) => examiner.recognise(entry),
    route(entry) {
      const isFlawed = examiner.isUnusable(entry);
      // What was read and not yet committed is read again after a failure.
      const isNew = entry.position > told;
      told = Math.max(told, entry.position);
      if (isNew) (isFlawed ? onFlawed : onSound)(entry);
      return isFlawed ? new Flawed(entry, examiner) : sound;
    },
  };
}

/** The reason costs a further examination: of a flood nobody asks for most of them. */
class Flawed implements Unusable {
  readonly kind = 'unusable';
  readonly #entry: Entry;
  readonly #examiner: Pick<Examiner, 'flaw'>;

  constructor(entry: Entry, examiner: Pick<Examiner, 'flaw'>) {
    this.#entry = entry;
    this.#examiner = examiner;
  }

  get reason(): string {
    const flaw = this.#examiner.flaw(this.#entry);
    return flaw === undefined ? 'nothing is wrong with it any more' : inWords(flaw);
  }
}

function inWords({ stage, message, byte }: Flaw): string {
  return byte === undefined ? `${stage}: ${message}` : `${stage}, byte ${byte}: ${message}`;
}

/** Never called: what cannot be used needs no attempt. */
const nobody: Notifier = { maxBatch: 1, notify: async () => [], close: async () => {} };
