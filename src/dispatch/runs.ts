/** The runs of one notifier: the one that is being filled, and those whose calls are in progress. */
import type { Entry, Position } from '../base/request.ts';
import type { Notification, Notifier } from '../notifier/notifier.ts';
import { type DoneRun, Run } from './run.ts';

type Taking = Pick<Notifier, 'maxBatch' | 'gathering'>;

/**
 * A notifier that gathers has several in progress: full ones, which have no lane in common. What is delivered counts once those
 * before it are, so that the cursor alone remembers it. For any other notifier there is one at a time.
 *
 * What is known of a run stands in it and in no Map: a Map that is always added to and deleted from leaves dead tables behind, which
 * keep what was in them, all entries of a run, alive for the collector of young objects.
 */
export class Runs {
  #filling: Run | undefined;
  /** In the order of the log, those that are done among them. */
  #begun: Run[] = [];

  get isEmpty(): boolean {
    return this.#filling === undefined && this.#begun.length === 0;
  }

  /** Whether a call is in progress. */
  get isUnderWay(): boolean {
    return this.#begun.some(isUnderWay);
  }

  /** The lowest entry. */
  get first(): Position | undefined {
    const [first = this.#filling] = this.#begun;
    return first?.first;
  }

  /** Entries of the run that is being filled. */
  get filled(): number {
    return this.#filling?.length ?? 0;
  }

  /** Bytes of the requests of all runs. */
  get bytes(): number {
    return this.#begun.reduce((sum, { bytes }) => sum + bytes, this.#filling?.bytes ?? 0);
  }

  /** What is being filled: how many, and the bytes of their requests. */
  ready(): { readonly count: number; readonly bytes: number } {
    return { count: this.filled, bytes: this.#filling?.bytes ?? 0 };
  }

  /** Whether what is being filled can take no more; `most`: so many at the most, where the notifier would take more. */
  isFull({ maxBatch, gathering }: Taking, most = maxBatch): boolean {
    return this.filled >= most || (gathering !== undefined && this.ready().bytes >= gathering.bytes);
  }

  /** Whether the call of what is being filled may be made beside those in progress, or there are none. */
  mayBegin(notifier: Taking): boolean {
    const { gathering } = notifier;
    if (!this.isUnderWay) return true;
    if (gathering === undefined || this.#filling?.follows === true) return false;
    return gathering.delayMs > 0 || this.isFull(notifier);
  }

  /** Whether a call takes long for which others wait that could go on by lanes. `mayGoOn`: there may be another call. */
  areHeldUp(notifier: Taking, mayGoOn: boolean): boolean {
    if (!this.#begun.some((run) => run.isSlow && isUnderWay(run))) return false;
    return notifier.gathering === undefined || (mayGoOn && this.filled > 0 && !this.mayBegin(notifier));
  }

  /** `bytes`: of the request, where the notifier gathers; asked for, it would be made of each entry once more. */
  add(entry: Entry, notification: Notification, lane: string, bytes: number): void {
    this.#filling ??= new Run();
    this.#filling.add(entry, notification, lane, bytes);
    if (this.#begun.length > 0 && this.#begun.some((run) => isUnderWay(run) && run.hasLane(lane))) {
      this.#filling.follows = true;
    }
  }

  /** The call of what was filled begins. `wake` is called when it turns out to be slow. */
  begin(wake: () => void): Run {
    const run = this.#filling ?? new Run();
    this.#filling = undefined;
    this.#begun.push(run);
    run.begun(wake);
    return run;
  }

  /** All of one is delivered. Answers those that are done, and before which nothing is in progress. */
  ended({ run, at, answers }: DoneRun): readonly DoneRun[] {
    run.done = { at, answers };
    const first = this.#begun.findIndex(isUnderWay);
    const counted = this.#begun.slice(0, first < 0 ? this.#begun.length : first);
    this.#begun = this.#begun.slice(counted.length);
    return counted.flatMap(doneOf);
  }

  /** Gives all of them away. */
  take(): { readonly done: readonly DoneRun[]; readonly underWay: readonly Run[]; readonly filling: readonly Run[] } {
    const done = this.#begun.flatMap(doneOf);
    const filling = this.#filling === undefined ? [] : [this.#filling];
    const underWay = this.#begun.filter(isUnderWay);
    this.#filling = undefined;
    this.#begun = [];
    return { done, underWay, filling };
  }
}

function isUnderWay({ done }: Run): boolean {
  return done === undefined;
}

function doneOf(run: Run): readonly DoneRun[] {
  return run.done === undefined ? [] : [{ run, ...run.done }];
}
