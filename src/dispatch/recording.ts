/** Records the progress of a consumer in the spool: what could not be recorded is kept and tried again. */
import { BelfryError, messageOf } from '../base/error.ts';
import type { Position } from '../base/request.ts';
import type { DeadLetter, Deferral, Progress } from '../spool/spool.ts';
import type { ConsumerParts } from './consumer-parts.ts';
import type { PendingProgress } from './pending-progress.ts';
import type { Throttle } from './throttle.ts';
import { laneAlone } from './unusable.ts';

export class Recording {
  readonly #name: string;
  readonly #parts: Pick<ConsumerParts, 'spool' | 'log'>;
  readonly #throttle: Throttle;
  #uncommitted: Progress | undefined;

  constructor(name: string, parts: Pick<ConsumerParts, 'spool' | 'log'>, throttle: Throttle) {
    this.#name = name;
    this.#parts = parts;
    this.#throttle = throttle;
  }

  /** Whether all that was booked is in the spool now. */
  async commit(pending: PendingProgress): Promise<boolean> {
    for (;;) {
      this.#uncommitted ??= this.#take(pending);
      if (this.#uncommitted === undefined) return true;
      if (!(await this.#commitOne(this.#uncommitted))) return false;
      this.#uncommitted = undefined;
    }
  }

  #take(pending: PendingProgress): Progress | undefined {
    const progress = pending.take();
    const pause = this.#throttle.takeChange();
    return pause === undefined ? progress : { ...progress, pause };
  }

  async #commitOne(progress: Progress): Promise<boolean> {
    try {
      await this.#parts.spool.commit(this.#name, progress);
      return true;
    } catch (thrown) {
      this.#say(thrown, 'cannot save progress; will retry');
      // The storage, which is mended one day. Anything else is a defect that one of these entries has brought up.
      if (thrown instanceof BelfryError || !hasEntries(progress)) return false;
      return await this.#commitApart(progress);
    }
  }

  /**
   * Records what becomes of each entry by itself, and then the rest. One that cannot be recorded is a dead letter without
   * its history, and counts as damaged if not even that can be: it must not stop the others.
   */
  async #commitApart({ defer = [], addDead = [], removeDeferred = [], ...rest }: Progress): Promise<boolean> {
    const lost: Position[] = [];
    const again = new Set(removeDeferred);
    const steps = [
      ...defer.map((deferral) => ({
        position: deferral.position,
        progress: { defer: [deferral] },
        last: letterless(deferral),
      })),
      ...addDead.map((letter) => ({
        position: letter.entry.position,
        progress: { addDead: [letter] },
        last: bare(letter),
      })),
    ];
    try {
      for (const { position, progress, last } of steps) {
        const settled = again.delete(position) ? { removeDeferred: [position] } : {};
        if (await this.#isTaken({ ...progress, ...settled })) continue;
        if (last !== undefined && (await this.#isTaken({ ...last, ...settled }))) continue;
        if (settled.removeDeferred !== undefined) again.add(position);
        lost.push(position);
      }
      const tally = { ...rest.tally, damaged: (rest.tally?.damaged ?? 0) + lost.length };
      await this.#parts.spool.commit(this.#name, { ...rest, removeDeferred: [...again], tally });
      return true;
    } catch (thrown) {
      this.#say(thrown, 'cannot save progress; will retry');
      return false;
    }
  }

  /** Whether a step is recorded. Throws where the storage has failed. */
  async #isTaken(progress: Progress): Promise<boolean> {
    try {
      await this.#parts.spool.commit(this.#name, progress);
      return true;
    } catch (thrown) {
      if (thrown instanceof BelfryError) throw thrown;
      this.#say(thrown, 'cannot record the outcome of an entry: this is a bug');
      return false;
    }
  }

  #say(thrown: unknown, what: string): void {
    this.#parts.log.error({ notifier: this.#name, reason: messageOf(thrown) }, what);
  }
}

const hasEntries = ({ defer = [], addDead = [] }: Progress): boolean => defer.length + addDead.length > 0;

/** In a lane of its own, due at once: what is known of its history is given up. */
function letterless({ position }: Deferral): Progress {
  return { defer: [{ position, lane: laneAlone({ position }), dueAt: 0, attempts: [] }] };
}

function bare({ entry, at, reason }: DeadLetter): Progress {
  return { addDead: [{ entry, at, reason, lane: laneAlone(entry), attempts: [] }] };
}
