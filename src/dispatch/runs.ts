/** The runs of one notifier: the one that is being filled, and those whose calls are in progress. */
import type { Entry, Position } from '../base/request.ts';
import type { Notification, Notifier } from '../notifier/notifier.ts';
import { Run } from './run.ts';

type Taking = Pick<Notifier, 'maxBatch' | 'gathering'>;

/** A run all of which is delivered. */
export interface DoneRun {
  readonly run: Run;
  /** When it was, in milliseconds since the epoch. */
  readonly at: number;
  /** What the receiver said of each. */
  readonly answers: readonly (string | undefined)[];
}

/**
 * A notifier that gathers has several in progress: full ones, which have no lane in common. What is delivered counts once those
 * before it are, so that the cursor alone remembers it. For any other notifier there is one at a time.
 */
export class Runs {
  #filling: Run | undefined;
  /** In the order of the log, those that are done among them. */
  #begun: Run[] = [];
  readonly #done = new Map<Run, DoneRun>();

  get isEmpty(): boolean {
    return this.#filling === undefined && this.#begun.length === 0;
  }

  /** Whether a call is in progress. */
  get isUnderWay(): boolean {
    return this.#begun.length > this.#done.size;
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
    const { count, bytes } = this.ready();
    return count >= most || bytes >= (gathering?.bytes ?? Number.POSITIVE_INFINITY);
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
    if (!this.#begun.some((run) => run.isSlow && !this.#done.has(run))) return false;
    return notifier.gathering === undefined || (mayGoOn && this.filled > 0 && !this.mayBegin(notifier));
  }

  add(entry: Entry, notification: Notification, lane: string): void {
    this.#filling ??= new Run();
    this.#filling.add(entry, notification, lane);
    if (this.#begun.some((run) => !this.#done.has(run) && run.hasLane(lane))) this.#filling.follows = true;
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
  ended(done: DoneRun): readonly DoneRun[] {
    this.#done.set(done.run, done);
    const counted: DoneRun[] = [];
    for (let [first] = this.#begun; first !== undefined; [first] = this.#begun) {
      const known = this.#done.get(first);
      if (known === undefined) break;
      this.#begun.shift();
      this.#done.delete(first);
      counted.push(known);
    }
    return counted;
  }

  /** Gives all of them away. */
  take(): { readonly done: readonly DoneRun[]; readonly underWay: readonly Run[]; readonly filling: readonly Run[] } {
    const done = [...this.#done.values()].sort((one, other) => one.run.first - other.run.first);
    const filling = this.#filling === undefined ? [] : [this.#filling];
    const underWay = this.#begun.filter((run) => !this.#done.has(run));
    this.#filling = undefined;
    this.#begun = [];
    this.#done.clear();
    return { done, underWay, filling };
  }
}
