/**
 * The short way of entries to a notifier that takes batches. While nothing of it is in lanes, the next entries are
 * one call, and when all of them are delivered the cursor passes them at once: nothing is made for one of them but what the
 * notifier is given. A call that fails, in part or as a whole, or others wait for, goes over to the lanes with all others
 * (`runs.ts`), as if lanes had begun it.
 */
import type { Entry, Position } from '../base/request.ts';
import type { Delivery, Notification } from '../notifier/notifier.ts';
import type { Attempt } from './lane.ts';

/**
 * A call that takes longer than 50 ms, and for which others wait, is left to the lanes, where these go on beside it. It is looked
 * at several times: the process may have had no processor in which to take the answer.
 */
const look = { times: 5, everyMs: 10 };
/** So many steps of reading after that are made by lanes; after the next slow one twice as many. */
const rest = { least: 8, most: 4096 };

/** How a run was delivered. */
interface Done {
  /** In milliseconds since the epoch. */
  readonly at: number;
  /** What the receiver said of each. */
  readonly answers: readonly (string | undefined)[];
}

/** A run all of which is delivered. */
export interface DoneRun extends Done {
  readonly run: Run;
}

export class Run {
  readonly entries: Entry[] = [];
  readonly deliveries: Delivery[] = [];
  /** What lanes have of it, once it has gone over to them. */
  started: readonly Attempt[] | undefined;
  /** Whether the call takes long. */
  isSlow = false;
  /** Set when all of it is delivered. */
  done: Done | undefined;
  /** Whether it has gone over to the lanes, and has not ended. */
  isLeft = false;
  /** Whether a lane of it was in progress when its entry came. */
  follows = false;
  /** Of its requests, where a call is to have so many. */
  bytes = 0;
  #lanes: Set<string> | undefined;
  #timer: NodeJS.Timeout | undefined;

  get length(): number {
    return this.entries.length;
  }

  get first(): Position {
    return this.entries[0]?.position ?? 0;
  }

  get positions(): readonly Position[] {
    return this.entries.map(({ position }) => position);
  }

  /** To be asked once nothing is added any more. */
  hasLane(lane: string): boolean {
    this.#lanes ??= new Set(this.deliveries.map((delivery) => delivery.lane));
    return this.#lanes.has(lane);
  }

  add(entry: Entry, notification: Notification, lane: string, bytes: number): void {
    this.entries.push(entry);
    this.bytes += bytes;
    this.deliveries.push({ notification, attempt: 1, lane });
  }

  /** The call begins. `wake` is called when it turns out to be slow, which is until `ended`. */
  begun(wake: () => void): void {
    let looks = 0;
    this.#timer = setInterval(() => {
      looks += 1;
      if (looks < look.times) return;
      clearInterval(this.#timer);
      this.isSlow = true;
      wake();
    }, look.everyMs);
  }

  ended(): void {
    clearInterval(this.#timer);
  }
}

/** After a slow run: for how many steps of reading there are no runs. */
export class RunRest {
  #length = rest.least;
  #steps = 0;
  /** How many runs have gone over to the lanes, and not ended. */
  #left = 0;

  get isOver(): boolean {
    return this.#steps === 0 && this.#left === 0;
  }

  /** A step was made by lanes. */
  step(): void {
    if (this.#steps > 0) this.#steps--;
  }

  /** These have gone over to the lanes, and until they have ended there are no runs. */
  left(runs: readonly Run[]): void {
    for (const run of runs) {
      if (!run.isLeft) this.#left += 1;
      run.isLeft = true;
    }
  }

  /** The same, because one of them takes long. */
  slow(runs: readonly Run[]): void {
    this.left(runs);
    this.#steps = this.#length;
    this.#length = Math.min(2 * this.#length, rest.most);
  }

  /** A call of a run has ended. */
  ended(run: Run): void {
    run.ended();
    if (run.isLeft) this.#left -= 1;
    run.isLeft = false;
    if (!run.isSlow) this.#length = rest.least;
  }
}
