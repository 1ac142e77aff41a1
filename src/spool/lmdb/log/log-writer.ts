/**
 * The side of the log that the intake writes. It appends what it is given, durably, everything that is waiting in one
 * transaction; and because it alone knows when room is needed, it also throws away what nobody needs any more.
 */
import { BelfryError } from '../../../base/error.ts';
import type { Position, RawRequest, StoredRun } from '../../../base/request.ts';
import type { FileWatch } from '../../../os/file-watch.ts';
import type { SpoolOptions } from '../../engine.ts';
import { entryIds } from '../../entry-id.ts';
import type { Appended } from '../../spool.ts';
import type { CursorFile } from '../disk/cursor-file.ts';
import { absenceFailure, NoRoomError } from '../disk/failure.ts';
import { growthOf } from '../disk/file-room.ts';
import { type LogRecord, logRecord, type Store } from '../disk/store.ts';
import { type Prepared, Transactions } from '../disk/transactions.ts';
import { ConsumerShare } from './consumer-share.ts';
import { type Batch, costOfBatch, countOf, piecesOf } from './packed.ts';
import { TrimSchedule } from './trim-schedule.ts';
import { Trimmer } from './trimmer.ts';

/** What one transaction takes; the rest waits for the next. */
const roundBytes = 8 * 1024 * 1024;
/** When the log is full it is emptied of what is only retained, to this share, so that it is not full again at once. */
const shedTo = 0.9;
/** The same when the disk is full: so much more than what is to be appended, because not all that is freed can be used. */
const freedForOne = 8;
const leastFreed = 4 * 1024 * 1024;
/** Steps of trimming for which an append waits at most before it is refused. */
const stepsForRoom = 16;

interface Append {
  readonly batch: Batch;
  readonly count: number;
  readonly cost: number;
  /** Undefined: there is no room for it. */
  resolve(appended: Appended | undefined): void;
  reject(reason: unknown): void;
}

export class LogWriter {
  readonly #store: Store;
  readonly #limits: SpoolOptions;
  readonly #transactions: Transactions;
  readonly #trimmer: Trimmer;
  readonly #consumers: ConsumerShare;
  readonly #idOf: (receivedAt: number, position: Position) => string;
  #record: LogRecord;
  #waiting: Append[] = [];
  #scheduled = false;
  #makingRoom: Promise<void> | undefined;
  readonly #trimming: TrimSchedule;
  readonly #watch: FileWatch;
  #closed = false;

  constructor(store: Store, cursors: CursorFile, limits: SpoolOptions) {
    this.#store = store;
    this.#limits = limits;
    this.#transactions = new Transactions(store);
    this.#trimmer = new Trimmer(store, cursors, limits);
    this.#consumers = new ConsumerShare(store, limits.maxBytes);
    this.#idOf = entryIds(store.logNumber);
    this.#record = logRecord(store);
    this.#watch = store.room.watch();
    this.#trimming = new TrimSchedule(() => this.#trim());
  }

  /** Position of the newest entry that is durable. */
  get last(): Position {
    return this.#record.last;
  }

  /** See `Spool.append`. Several may be under way at once; they become durable in the order in which they were asked for. */
  append(requests: readonly RawRequest[], run?: StoredRun): Promise<Appended> {
    return this.appendBatch(run === undefined ? { requests } : { requests, run });
  }

  /** The same for what may have been packed in another thread. */
  async appendBatch(batch: Batch): Promise<Appended> {
    const cost = costOfBatch(batch);
    const { maxBytes } = this.#limits;
    for (let tries = 0; cost <= maxBytes && tries < 2; tries++) {
      if (this.#closed) throw new BelfryError('SPOOL_IO', 'the spool is closed');
      const { absence } = this.#watch;
      if (absence !== undefined) throw absenceFailure(absence);
      const appended = await this.#enqueue(batch, cost).catch((thrown: unknown) => {
        if (tries > 0 || !(thrown instanceof NoRoomError)) throw thrown;
        return thrown;
      });
      if (appended instanceof NoRoomError) this.#makingRoom ??= this.#makeRoomOnDisk(cost);
      else if (appended === undefined) this.#makingRoom ??= this.#makeRoom(cost);
      else return appended;
      await this.#makingRoom;
    }
    throw new BelfryError(
      'SPOOL_FULL',
      `the spool is full (spool_max_size ${maxBytes} bytes): raise spool_max_size or repair the receivers of the notifiers that wait`,
    );
  }

  /** The marks of the last run from this socket. */
  lastRun(socket: string): Uint8Array | undefined {
    const marks = this.#store.runs.get(socket);
    return marks && Buffer.from(marks);
  }

  /** Waits for what is in progress. The store is closed where it was opened. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#trimming.close();
    this.#watch.close();
    await this.#transactions.idle();
  }

  #enqueue(batch: Batch, cost: number): Promise<Appended | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, count: countOf(batch), cost, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    let round: readonly Append[] = [];
    this.#transactions
      .run('log', () => {
        this.#scheduled = false;
        round = this.#take();
        if (this.#waiting.length > 0) this.#schedule();
        return this.#prepare(round);
      })
      .catch((thrown: unknown) => {
        for (const append of round) append.reject(thrown);
      });
    void this.#trimming.stepWhenDue();
  }

  /** What fits into the log and into one transaction. What does not fit into the log hears of it. */
  #take(): readonly Append[] {
    const room = this.#limits.maxBytes - this.#bytes();
    const round: Append[] = [];
    let cost = 0;
    let seen = 0;
    for (const append of this.#waiting) {
      if (cost >= roundBytes) break;
      seen++;
      if (cost + append.cost > room) {
        append.resolve(undefined);
      } else {
        cost += append.cost;
        round.push(append);
      }
    }
    this.#waiting = this.#waiting.slice(seen);
    return round;
  }

  #prepare(round: readonly Append[]): Prepared<void> {
    if (round.length === 0) return { done() {} };
    const { chunks, index, log } = this.#store;
    const receivedAt = Math.max(this.#record.receivedAt, this.#limits.now());
    let { last, bytes } = this.#record;
    // A batch without requests is answered in its turn, too.
    const rows = piecesOf(round.map(({ batch }) => batch)).map(({ count, cost, pack }) => {
      const key = last + 1;
      last += count;
      bytes += cost;
      return { key, row: { count, receivedAt, cost }, chunk: pack(receivedAt) };
    });
    const runs = round.flatMap(({ batch }) => ('run' in batch && batch.run !== undefined ? [batch.run] : []));
    const record = { last, receivedAt, bytes };
    const put = (): void => {
      for (const { key, row, chunk } of rows) {
        void chunks.put(key, chunk);
        void index.put(key, row);
      }
      for (const { socket, marks } of runs) void this.#store.runs.put(socket, Buffer.from(marks));
      void log.put('log', record);
    };
    const growth = growthOf(4 * (rows.length + runs.length), bytes - this.#record.bytes);
    return {
      ...(rows.length > 0 ? { write: { growth, appends: true as const, put } } : {}),
      done: () => {
        let next = this.#record.last + 1;
        this.#record = record;
        for (const append of round) {
          const first = next;
          append.resolve({ first, idOf: (index) => this.#idOf(receivedAt, first + index) });
          next += append.count;
        }
      },
    };
  }

  #bytes(): number {
    return this.#record.bytes + this.#consumers.bytes(this.#record.bytes);
  }

  #makeRoom(cost: number): Promise<void> {
    const { maxBytes } = this.#limits;
    return this.#discardRetained(Math.min(maxBytes * shedTo, maxBytes - cost));
  }

  /** The database does not get smaller, but then it finds room within. */
  #makeRoomOnDisk(cost: number): Promise<void> {
    const bytes = this.#bytes();
    return this.#discardRetained(Math.min(bytes * shedTo, bytes - Math.max(freedForOne * cost, leastFreed)));
  }

  /** Discards what is only retained until no more than `goal` bytes are kept, but for a bounded time. */
  async #discardRetained(goal: number): Promise<void> {
    try {
      for (let step = 0; step < stepsForRoom; step++) {
        if (!(await this.#trim(() => this.#bytes() - Math.max(0, goal)))) break;
      }
    } finally {
      this.#makingRoom = undefined;
    }
  }

  /** One step; whether the next one may find something at once. `wanted`: how many bytes are to be freed in spite of retention. */
  #trim(wanted: () => number = () => 0): Promise<boolean> {
    return this.#transactions.run('log', () => {
      const { record, done, ...step } = this.#trimmer.step(this.#record, wanted());
      return {
        ...step,
        done: () => {
          this.#record = record;
          return done();
        },
      };
    });
  }
}
