/**
 * One transaction after the other: what is asked for while one is being written goes into the next, all of it together.
 * Two things follow. The preparation of a step sees everything that was written before it, so reading, computing and
 * writing need no lock. And the database's own thread never has to wait for this one in the middle of a transaction, so
 * a thread that is ended at any moment leaves no transaction open after it.
 */
import type { RootDatabase } from 'lmdb';
import { BelfryError, messageOf } from '../../../base/error.ts';
import { NoRoomError, readFailure, writeFailure } from './failure.ts';
import { baseBytes, type FileRoom, type Growth } from './file-room.ts';
import type { MappedMemory } from './mapped-memory.ts';

export interface Write extends Growth {
  /** Puts and removes; must not throw. */
  put(): void;
}

/** What a step has found that it must write. */
export interface Prepared<T> {
  /** Absent when there is nothing to write. */
  readonly write?: Write;
  /** Called when it is durable; what it answers is the answer of the step. */
  readonly done: () => T;
}

/** What of a store is used here. */
export interface Beneath {
  readonly environment: Pick<RootDatabase, 'batch' | 'resetReadTxn' | 'transactionSync'>;
  readonly room: Pick<FileRoom, 'ensure'>;
  readonly memory: Pick<MappedMemory, 'touched'>;
}

interface Job {
  readonly key: string | undefined;
  prepare(): Prepared<unknown>;
  resolve(answer: unknown): void;
  reject(reason: unknown): void;
}

interface PreparedJob extends Prepared<unknown> {
  readonly job: Job;
}

export class Transactions {
  readonly #store: Beneath;
  #queue: Job[] = [];
  #running: Promise<void> | undefined;
  /** Set when the database has declared itself unusable. */
  #broken: string | undefined;

  constructor(store: Beneath) {
    this.#store = store;
  }

  /**
   * Prepares and writes one step. Steps with the same `key` go into different transactions, in the order in which they
   * were asked for; one with `undefined` has its transaction for itself. `prepare` may throw, which fails this step
   * alone. Rejects with BelfryError SPOOL_IO when the transaction fails; nothing of it has then happened.
   */
  run<T>(key: string | undefined, prepare: () => Prepared<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ key, prepare, resolve: resolve as Job['resolve'], reject });
      this.#running ??= this.#work();
    });
  }

  /** Resolves when nothing is left to write. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #work(): Promise<void> {
    // Lets everything that is asked for in the same moment come together.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#round(this.#next());
    this.#running = undefined;
  }

  #next(): readonly Job[] {
    const keys = new Set<string | undefined>();
    const round: Job[] = [];
    const later: Job[] = [];
    let closed = false;
    for (const job of this.#queue) {
      const alone = job.key === undefined;
      const waits = closed || (alone ? round.length > 0 : keys.has(job.key));
      (waits ? later : round).push(job);
      keys.add(job.key);
      // Nothing may overtake a step that wants to be alone, nor go with it.
      closed ||= alone;
    }
    this.#queue = later;
    return round;
  }

  async #round(jobs: readonly Job[]): Promise<void> {
    const prepared: PreparedJob[] = [];
    // The view of the database is kept for a turn of the event loop; another thread may have written meanwhile.
    this.#store.environment.resetReadTxn();
    for (const job of jobs) {
      try {
        prepared.push({ job, ...job.prepare() });
      } catch (thrown) {
        job.reject(readFailure(thrown));
      }
    }
    await this.#finish(prepared);
  }

  async #finish(prepared: readonly PreparedJob[]): Promise<void> {
    try {
      const writes = prepared.flatMap(({ write }) => write ?? []);
      if (writes.length > 0) await this.#write(writes);
      for (const { job, done } of prepared) job.resolve(done());
    } catch (thrown) {
      // The last of the room may do for one of them, and that one may make more.
      if (thrown instanceof NoRoomError && prepared.length > 1) {
        for (const one of prepared) await this.#finish([one]);
        return;
      }
      const reason = thrown instanceof BelfryError ? thrown : writeFailure(await causeOf(thrown));
      if (thrown !== reason) this.#probe();
      for (const { job } of prepared) job.reject(reason);
    }
  }

  async #write(writes: readonly Write[]): Promise<void> {
    if (this.#broken !== undefined) throw new Error(`${this.#broken}; belfry must be restarted`);
    const growth = writes.reduce((sum, write) => sum + write.growth, 0);
    const [write] = writes;
    this.#store.room.ensure(writes.length === 1 && write !== undefined ? write : { growth });
    await this.#store.environment.batch(() => {
      for (const write of writes) write.put();
    });
    // Mostly nothing of what every transaction may need is needed.
    this.#store.memory.touched(growth - writes.length * baseBytes);
  }

  /**
   * After a failure: a database whose root could not be written refuses every further transaction, and an asynchronous
   * one would then never end. An empty synchronous one shows it.
   */
  #probe(): void {
    try {
      this.#store.environment.transactionSync(() => {});
    } catch (thrown) {
      this.#broken ??= messageOf(thrown);
    }
  }
}

/** A failed commit carries its reason in a promise of its own, which must be looked at lest it count as unhandled. */
async function causeOf(thrown: unknown): Promise<string> {
  if (thrown instanceof Error && 'commitError' in thrown) {
    try {
      await thrown.commitError;
    } catch (cause) {
      return messageOf(cause);
    }
  }
  return messageOf(thrown);
}
