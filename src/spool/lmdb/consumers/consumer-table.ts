/**
 * The side of the log that belongs to dispatch: the consumers, how far each has got, what each has deferred and what it
 * has given up. It alone writes these tables, one step of a consumer after the other; so their small records are kept
 * in memory as well.
 */
import type { Position } from '../../../base/request.ts';
import { excessOf, UnusableAdmission } from '../../shares.ts';
import type { ConsumerState, Discarded, Progress } from '../../spool.ts';
import { listAhead } from '../disk/ahead.ts';
import type { CursorFile } from '../disk/cursor-file.ts';
import type { ConsumerNumber, ConsumerRecord, Store } from '../disk/store.ts';
import { type Prepared, Transactions } from '../disk/transactions.ts';
import type { LogReader } from '../log/log-reader.ts';
import { addition, purgeStep, removal } from './consumer-records.ts';
import { advance, isLight, prepareStep, readRecord, type StepSources, stateOf } from './consumer-step.ts';
import { DeadLetters } from './dead-letters.ts';
import { Deferrals } from './deferrals.ts';
import { FlushSchedule } from './flush-schedule.ts';
import { Outcomes } from './outcomes.ts';
import { discardStep } from './shedding.ts';

interface ConsumerTableOptions {
  readonly maxBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Position of the newest entry. */
  readonly latest: () => Position;
  readonly onDiscard: (discarded: Discarded) => void;
}

interface Consumer {
  readonly name: string;
  record: ConsumerRecord;
  /** Whether the database does not know the newest cursor yet. */
  dirty: boolean;
  /** Steps that are on their way into the database. */
  pending: number;
}

export class ConsumerTable {
  readonly deferrals: Deferrals;
  readonly letters: DeadLetters;
  readonly outcomes: Outcomes;
  readonly #store: Store;
  readonly #reader: LogReader;
  readonly #sources: StepSources;
  readonly #cursors: CursorFile;
  readonly #options: ConsumerTableOptions;
  readonly transactions: Transactions;
  readonly #admission: UnusableAdmission;
  readonly #consumers = new Map<string, Consumer>();
  readonly #flushes = new FlushSchedule(() => this.#flush());
  #closed = false;

  constructor(store: Store, reader: LogReader, cursors: CursorFile, options: ConsumerTableOptions) {
    this.#store = store;
    this.#reader = reader;
    this.#cursors = cursors;
    this.#options = options;
    this.#admission = new UnusableAdmission(options.maxBytes, options.now);
    this.deferrals = new Deferrals(store);
    this.outcomes = new Outcomes(store, options.maxBytes);
    this.letters = new DeadLetters(store, (position, packed) => reader.entryOf(position, packed));
    this.#sources = { store, deferrals: this.deferrals, entry: (position) => reader.get(position) };
    this.transactions = new Transactions(store);
    for (const { key: name, value } of store.consumers.getRange()) {
      const record = readRecord(value);
      const newest = cursors.newest(record);
      this.#consumers.set(name, { name, record: newest, dirty: newest !== record, pending: 0 });
    }
    this.#flushes.soon();
    for (const number of store.forgotten.getKeys()) void this.#purge(number).catch(() => {});
  }

  /** See `Spool.consumer`. */
  async consumer(name: string, from?: Position): Promise<ConsumerState> {
    const known = this.#consumers.get(name);
    if (known !== undefined) return stateOf(known);
    return this.transactions.run(undefined, () => {
      const made = this.#consumers.get(name);
      if (made !== undefined) return { done: () => stateOf(made) };
      const latest = this.#options.latest();
      const earliest = (this.#reader.first() ?? latest + 1) - 1;
      const cursor = Math.max(Math.min(from ?? latest, latest), earliest);
      const { record, write } = addition(this.#store, name, cursor);
      const consumer: Consumer = { name, record, dirty: false, pending: 0 };
      return {
        write,
        done: () => {
          this.#consumers.set(name, consumer);
          return stateOf(consumer);
        },
      };
    });
  }

  states(): readonly ConsumerState[] {
    return [...this.#consumers.values()].map(stateOf);
  }

  numberOf(name: string): ConsumerNumber {
    return this.#known(name).record.number;
  }

  /** See `Spool.admit`. */
  admit(name: string, count: number): number {
    return this.#admission.admit(name, count, this.#known(name).record.deadBytes);
  }

  /** See `Spool.commit`. */
  async commit(name: string, progress: Progress): Promise<void> {
    const consumer = this.#known(name);
    const isNoted = consumer.pending === 0 && isLight(progress) && this.#note(consumer, progress);
    if (!isNoted) await this.#step(consumer, progress);
    if (progress.outcomes !== undefined) {
      this.outcomes.add(consumer.record.number, progress.outcomes);
      this.#flushes.soon();
    }
    // One that fails comes round again with the next letter; the step itself is done.
    if (progress.addDead !== undefined) await this.#discard().catch(() => {});
  }

  /** See `Spool.ahead`. */
  ahead(name: string, after: Position, limit: number): readonly Position[] {
    const { ahead, cursor } = this.#known(name).record;
    return listAhead(ahead, cursor, after, limit);
  }

  /** See `Spool.removeConsumer`. Resolves when all that it had is gone; an interrupted one goes on when the log is opened again. */
  async removeConsumer(name: string): Promise<void> {
    const number = await this.transactions.run(undefined, (): Prepared<ConsumerNumber | undefined> => {
      const consumer = this.#consumers.get(name);
      if (consumer === undefined) return { done: () => undefined };
      return {
        write: removal(this.#store, name, consumer.record),
        done: () => {
          this.#consumers.delete(name);
          return consumer.record.number;
        },
      };
    });
    if (number !== undefined) await this.#purge(number);
  }

  /** Writes what is only in the cursor file, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#flushes.close();
    await this.transactions.idle();
    // One that fails loses nothing: the cursor file has it.
    await this.#flush().catch(() => {});
  }

  /** The quick way of a step that is light: false when it cannot be gone. */
  #note(consumer: Consumer, progress: Progress): boolean {
    const record = advance(consumer.record, progress);
    try {
      this.#cursors.write(record.number, record);
    } catch {
      // A full disk, most likely: the database will say so.
      return false;
    }
    consumer.record = record;
    consumer.dirty = true;
    this.#flushes.soon();
    return true;
  }

  #step(consumer: Consumer, progress: Progress): Promise<void> {
    return this.#alone(consumer, () => {
      const { record, write } = prepareStep(this.#sources, consumer.record, progress);
      return {
        write: {
          ...write,
          put: () => {
            write.put();
            void this.#store.consumers.put(consumer.name, record);
          },
        },
        done() {
          consumer.record = record;
          consumer.dirty = false;
        },
      };
    });
  }

  /** One step of a consumer after the other; meanwhile the quick way is closed to it. */
  async #alone<T>(consumer: Consumer, prepare: () => Prepared<T>): Promise<T> {
    consumer.pending++;
    try {
      return await this.transactions.run(`consumer ${consumer.name}`, () => {
        if (this.#known(consumer.name) !== consumer)
          throw new Error(`the consumer "${consumer.name}" was removed in the meantime`);
        return prepare();
      });
    } finally {
      consumer.pending--;
    }
  }

  async #flush(): Promise<void> {
    const dirty = [...this.#consumers.values()].filter((consumer) => consumer.dirty);
    const steps = dirty.map((consumer) => this.#step(consumer, {}));
    const outcomes = this.transactions.run('outcomes', () => {
      const numbers = [...this.#consumers.values()].map(({ record }) => record.number);
      return this.outcomes.flush(numbers, this.#reader.first() ?? this.#options.latest() + 1, this.#options.now());
    });
    await Promise.all([...steps, outcomes]);
  }

  /** Discards dead letters until all keep to their shares. */
  async #discard(): Promise<void> {
    for (let more = true; more; ) {
      const holders = [...this.#consumers.values()].map(({ name, record }) => ({ ...record, name }));
      const excess = excessOf(holders, this.#options.maxBytes);
      const consumer = this.#consumers.get(excess?.name ?? '');
      if (excess === undefined || consumer === undefined) return;
      more = await this.#alone(consumer, () =>
        discardStep(this.#store, this.letters, consumer, excess, this.#options, (record, lost) => {
          Object.assign(consumer, { record, dirty: false });
          this.outcomes.add(record.number, [lost]);
        }),
      );
    }
  }

  async #purge(number: ConsumerNumber): Promise<void> {
    for (let more = true; more && !this.#closed; ) {
      more = await this.transactions.run(`forgotten ${number}`, () => purgeStep(this.#store, number));
    }
  }

  #known(name: string): Consumer {
    const consumer = this.#consumers.get(name);
    if (consumer === undefined) throw new Error(`the spool knows no consumer "${name}"`);
    return consumer;
  }
}
