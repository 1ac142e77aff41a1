/**
 * The durable log: LMDB with the interface of the spool. Two threads can share one log: the intake's appends to it
 * (`openLogWriter`), the main one does everything else (`openLmdbSpool` with `writer: 'elsewhere'`) and learns of what
 * has come (`notice`). For a single thread `openLmdbSpool` does both.
 */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { BelfryError, messageOf } from '../../base/error.ts';
import type { Entry, Position, RawRequest } from '../../base/request.ts';
import { type FileLock, lockFile } from '../../os/file-lock.ts';
import type { FileWatch } from '../../os/file-watch.ts';
import { Arrivals } from '../arrivals.ts';
import type { SpoolOptions } from '../engine.ts';
import { entryIds } from '../entry-id.ts';
import type {
  Appended,
  ConsumerState,
  DeadLetter,
  Deferral,
  Progress,
  RecordedOutcome,
  Spool,
  SpoolState,
} from '../spool.ts';
import type { SpoolMemory } from '../spool-memory.ts';
import { renameFormerConsumer } from './consumers/consumer-records.ts';
import { ConsumerTable } from './consumers/consumer-table.ts';
import { WorkFile } from './consumers/work-file.ts';
import { CursorFile } from './disk/cursor-file.ts';
import { openFailure, readFailure } from './disk/failure.ts';
import { makeDirectory } from './disk/open-store.ts';
import { closeStore, consumerBytes, logRecord, type Store } from './disk/store.ts';
import { storedMemory } from './disk/stored-memory.ts';
import { LogReader } from './log/log-reader.ts';
import { LogWriter } from './log/log-writer.ts';
import { openCarefully } from './repair/replace-damaged.ts';

export interface LmdbSpoolOptions extends SpoolOptions {
  /** `elsewhere`: another thread appends, and calls `notice`. */
  readonly writer?: 'own' | 'elsewhere';
  /** Where a consumer begins that seems to be new and says nothing of it: default the end. */
  readonly newFrom?: Position;
}

export class LmdbSpool implements Spool {
  readonly notes: WorkFile;
  readonly memory: SpoolMemory;
  readonly #store: Store;
  readonly #lock: FileLock;
  readonly #reader: LogReader;
  readonly #cursors: CursorFile;
  readonly #table: ConsumerTable;
  readonly #writer: LogWriter | undefined;
  readonly #watch: FileWatch;
  readonly #newFrom: Position | undefined;
  readonly #arrivals: Arrivals;
  #closing: Promise<void> | undefined;

  constructor(store: Store, lock: FileLock, options: LmdbSpoolOptions) {
    const { directory, maxBytes, now, onDiscard = () => {}, onDamaged = () => {} } = options;
    this.#store = store;
    this.#lock = lock;
    this.#newFrom = options.newFrom;
    this.#arrivals = new Arrivals(logRecord(store).last);
    this.#reader = new LogReader(store, { idOf: entryIds(store.logNumber), onDamaged });
    this.#cursors = new CursorFile(directory, store.logNumber);
    const latest = (): Position => this.#arrivals.last;
    this.#table = new ConsumerTable(store, this.#reader, this.#cursors, { maxBytes, now, onDiscard, latest });
    this.memory = storedMemory(store, this.#table.transactions);
    this.notes = new WorkFile(directory, store.logNumber, (name) => this.#table.numberOf(name));
    this.#writer = options.writer === 'elsewhere' ? undefined : new LogWriter(store, this.#cursors, options);
    this.#watch = store.room.watch(options.onAbsence);
  }

  async append(requests: readonly RawRequest[]): Promise<Appended> {
    this.#assertOpen();
    if (this.#writer === undefined) throw new BelfryError('SPOOL_IO', 'another thread appends to this spool');
    const appended = await this.#writer.append(requests);
    this.notice(appended.first + requests.length - 1);
    return appended;
  }

  /** Says that everything up to `last` is in the log: wakes the consumers that wait for it. */
  notice(last: Position): void {
    if (this.#closing !== undefined) return;
    // What was read in this turn of the event loop was read from an older view.
    this.#store.environment.resetReadTxn();
    this.#arrivals.come(last);
  }

  async read(after: Position, limit: number): Promise<readonly Entry[]> {
    const { last } = this.#arrivals;
    if (after >= last) return this.#answer(() => []);
    for (let from = after; ; ) {
      const { entries, upTo } = await this.#answer(() => this.#reader.read(from, limit, last));
      if (entries.length > 0) return entries;
      if (upTo >= last) break;
      // A long stretch of damage: others have their turn.
      await setImmediate();
      from = upTo;
    }
    this.#arrivals.barren(after, last);
    return [];
  }

  unreadable(after: Position): Promise<Position> {
    return this.#answer(() => this.#arrivals.unreadable(after));
  }

  get(position: Position): Promise<Entry | undefined> {
    return this.#answer(() => this.#reader.get(position));
  }

  arrival(after: Position, signal: AbortSignal): Promise<void> {
    return this.#arrivals.wait(after, signal);
  }

  async consumer(name: string, from?: Position): Promise<ConsumerState> {
    this.#assertOpen();
    return this.#table.consumer(name, from ?? this.#newFrom);
  }

  async removeConsumer(name: string): Promise<void> {
    this.#assertOpen();
    await this.#table.removeConsumer(name);
  }

  async commit(name: string, progress: Progress): Promise<void> {
    this.#assertOpen();
    await this.#table.commit(name, progress);
  }

  admit(name: string, count: number): number {
    return this.#table.admit(name, count);
  }

  ahead(name: string, after: Position, limit: number): Promise<readonly Position[]> {
    return this.#answer(() => this.#table.ahead(name, after, limit));
  }

  due(name: string, now: number, limit: number): Promise<readonly Deferral[]> {
    return this.#answer(() => this.#table.deferrals.due(this.#table.numberOf(name), now, limit));
  }

  nextDue(name: string, after?: number): Promise<number | undefined> {
    return this.#answer(() => this.#table.deferrals.nextDue(this.#table.numberOf(name), after));
  }

  deferredIn(name: string, lanes: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#answer(() => this.#table.deferrals.countsIn(this.#table.numberOf(name), lanes));
  }

  lane(name: string, lane: string, limit: number): Promise<readonly Deferral[]> {
    return this.#answer(() => this.#table.deferrals.lane(this.#table.numberOf(name), lane, limit));
  }

  deferred(name: string, after: Position, limit: number): Promise<readonly Deferral[]> {
    return this.#answer(() => this.#table.deferrals.list(this.#table.numberOf(name), after, limit));
  }

  dead(name: string, after: Position, limit: number): Promise<readonly DeadLetter[]> {
    return this.#answer(() => this.#table.letters.list(this.#table.numberOf(name), after, limit));
  }

  outcomes(name: string, positions: readonly Position[]): Promise<ReadonlyMap<Position, RecordedOutcome>> {
    return this.#answer(() => this.#table.outcomes.find(this.#table.numberOf(name), positions));
  }

  state(): Promise<SpoolState> {
    return this.#answer(() => {
      this.#store.environment.resetReadTxn();
      const { last, bytes } = logRecord(this.#store);
      return {
        last,
        first: this.#reader.first() ?? last + 1,
        bytes: bytes + consumerBytes(this.#store),
        consumers: this.#table.states(),
        ...(this.#watch.absence === undefined ? {} : { absence: this.#watch.absence }),
      };
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    this.#arrivals.close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#watch.close();
    await this.#writer?.close();
    await this.#table.close();
    this.#cursors.close();
    this.notes.close();
    await closeStore(this.#store);
    this.#lock.release();
  }

  /** Turns what the database throws into errors of the spool. */
  async #answer<T>(read: () => T): Promise<T> {
    this.#assertOpen();
    try {
      return read();
    } catch (thrown) {
      throw readFailure(thrown);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new BelfryError('SPOOL_IO', 'the spool is closed');
  }
}

/**
 * Opens the log in `directory`, or begins one. Throws BelfryError SPOOL_OPEN when that is impossible, SPOOL_LOCKED when
 * another process has it.
 */
export async function openLmdbSpool(options: LmdbSpoolOptions): Promise<LmdbSpool> {
  makeDirectory(options.directory);
  const lock = lockFile(join(options.directory, 'lock'));
  try {
    return await openLocked(options, lock);
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

/** `flaw`: what has shown itself already. */
async function openLocked(options: LmdbSpoolOptions, lock: FileLock, flaw?: string): Promise<LmdbSpool> {
  const { store, marker, newFrom } = await openCarefully(options, flaw);
  const release = (): void => {
    marker.closed();
    lock.release();
  };
  try {
    renameFormerConsumer(store);
    const spool = new LmdbSpool(store, { release }, { ...options, ...(newFrom === undefined ? {} : { newFrom }) });
    marker.opened();
    return spool;
  } catch (thrown) {
    await closeStore(store);
    // What the system refuses an administrator must mend; anything else is in the rows.
    const isOfSystem = thrown instanceof BelfryError || (thrown instanceof Error && 'syscall' in thrown);
    if (!isOfSystem && flaw === undefined)
      return openLocked(options, lock, `its rows cannot be used: ${messageOf(thrown)}`);
    marker.closed();
    throw openFailure(options.directory, thrown);
  }
}
