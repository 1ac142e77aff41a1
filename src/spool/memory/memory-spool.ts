/**
 * The log in memory: for tests, for trials, and the model against which a durable engine is checked. What it holds is
 * gone when the process ends. It keeps an entry as long as a consumer still needs it, and bounds what it keeps by bytes.
 */
import { BelfryError } from '../../base/error.ts';
import type { Entry, Position, RawRequest } from '../../base/request.ts';
import { Arrivals } from '../arrivals.ts';
import { type DeadHolder, droppedForRoom, excessOf, UnusableAdmission } from '../shares.ts';
import {
  type Appended,
  type ConsumerState,
  type DeadLetter,
  type Deferral,
  type Discarded,
  type Progress,
  type RecordedOutcome,
  type Spool,
  type SpoolState,
  unusableConsumer,
} from '../spool.ts';
import { volatileMemory } from '../spool-memory.ts';
import { entryOverhead, MemoryConsumer } from './memory-consumer.ts';
import { MemoryEntries } from './memory-entries.ts';

interface MemorySpoolOptions {
  /** Bytes that entries and dead letters may take together, 512 more for each. */
  readonly maxBytes: number;
  readonly now: () => number;
  readonly random: () => number;
  /** Called for dead letters that were discarded for want of room. */
  readonly onDiscard?: (discarded: Discarded) => void;
}

class MemorySpool implements Spool {
  readonly #options: MemorySpoolOptions;
  readonly #consumers = new Map<string, MemoryConsumer>();
  readonly #entries: MemoryEntries;
  readonly memory = volatileMemory();
  readonly #arrivals = new Arrivals(0);
  readonly #admission: UnusableAdmission;
  /** Everything up to here has been thrown away, but for what somebody has deferred. */
  #trimmed: Position = 0;
  #deadBytes = 0;
  #closed = false;

  constructor(options: MemorySpoolOptions) {
    this.#options = options;
    this.#admission = new UnusableAdmission(options.maxBytes, options.now);
    this.#entries = new MemoryEntries(options.now, options.random);
  }

  async append(requests: readonly RawRequest[]): Promise<Appended> {
    this.#assertOpen();
    let cost = 0;
    for (const request of requests) cost += request.bytes.byteLength + entryOverhead;
    const { maxBytes } = this.#options;
    if (this.#entries.bytes + this.#deadBytes + cost > maxBytes) {
      throw new BelfryError(
        'SPOOL_FULL',
        `the spool in memory is full (${this.#entries.count} entries, spool_max_size ${maxBytes} bytes): raise spool_max_size or repair the receivers of the notifiers that wait`,
      );
    }
    const appended = this.#entries.append(requests);
    if (this.#consumers.size === 0) this.#trim();
    this.#arrivals.come(this.#entries.last);
    return appended;
  }

  async read(after: Position, limit: number): Promise<readonly Entry[]> {
    this.#assertOpen();
    return this.#entries.read(Math.max(after, this.#trimmed), limit);
  }

  async unreadable(after: Position): Promise<Position> {
    this.#assertOpen();
    return after;
  }

  async get(position: Position): Promise<Entry | undefined> {
    this.#assertOpen();
    return this.#entries.get(position);
  }

  arrival(after: Position, signal: AbortSignal): Promise<void> {
    return this.#arrivals.wait(after, signal);
  }

  async consumer(name: string, from: Position = this.#entries.last): Promise<ConsumerState> {
    this.#assertOpen();
    let consumer = this.#consumers.get(name);
    if (consumer === undefined) {
      consumer = new MemoryConsumer(name, Math.max(Math.min(from, this.#entries.last), this.#trimmed));
      this.#consumers.set(name, consumer);
    }
    return consumer.state();
  }

  async removeConsumer(name: string): Promise<void> {
    this.#assertOpen();
    const consumer = this.#consumers.get(name);
    if (consumer === undefined) return;
    this.#consumers.delete(name);
    this.#deadBytes -= consumer.deadBytes;
    for (const position of consumer.deferrals.keys()) this.#release(position);
    this.#trim();
  }

  admit(name: string, count: number): number {
    return this.#admission.admit(name, count, this.#known(name).deadBytes);
  }

  async commit(name: string, progress: Progress): Promise<void> {
    this.#assertOpen();
    const consumer = this.#known(name);
    const before = consumer.deadBytes;
    for (const { position } of progress.defer ?? []) {
      // A dead letter that is to be tried again brings its request back.
      const letter = consumer.dead.get(position);
      if (letter !== undefined) this.#entries.restore(letter.entry);
    }
    consumer.apply(progress);
    this.#deadBytes += consumer.deadBytes - before;
    for (const position of [...(progress.removeDeferred ?? []), ...(progress.removeDead ?? [])])
      this.#release(position);
    this.#discard();
    this.#trim();
  }

  async ahead(name: string, after: Position, limit: number): Promise<readonly Position[]> {
    const { ahead } = this.#known(name);
    return [...ahead]
      .filter((position) => position > after)
      .sort((a, b) => a - b)
      .slice(0, limit);
  }

  async due(name: string, now: number, limit: number): Promise<readonly Deferral[]> {
    return this.#known(name).due(now, limit);
  }

  async nextDue(name: string, after?: number): Promise<number | undefined> {
    return this.#known(name).nextDue(after);
  }

  async deferredIn(name: string, lanes: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const consumer = this.#known(name);
    return new Map(lanes.map((lane) => [lane, consumer.deferredIn(lane)] as const).filter(([, count]) => count > 0));
  }

  async lane(name: string, lane: string, limit: number): Promise<readonly Deferral[]> {
    return this.#known(name).lane(lane, limit);
  }

  async deferred(name: string, after: Position, limit: number): Promise<readonly Deferral[]> {
    return inOrder(this.#known(name).deferrals, after, limit);
  }

  async dead(name: string, after: Position, limit: number): Promise<readonly DeadLetter[]> {
    return inOrder(this.#known(name).dead, after, limit);
  }

  async outcomes(name: string, positions: readonly Position[]): Promise<ReadonlyMap<Position, RecordedOutcome>> {
    const { outcomes } = this.#known(name);
    return new Map(
      positions.flatMap((position) => {
        const outcome = outcomes.get(position);
        return outcome === undefined ? [] : [[position, outcome] as const];
      }),
    );
  }

  async state(): Promise<SpoolState> {
    this.#assertOpen();
    return {
      last: this.#entries.last,
      first: this.#trimmed + 1,
      bytes: this.#entries.bytes + this.#deadBytes,
      consumers: [...this.#consumers.values()].map((consumer) => consumer.state()),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#arrivals.close();
  }

  /** Throws away what every consumer has passed and none has deferred. */
  #trim(): void {
    let passed = this.#entries.last;
    for (const consumer of this.#consumers.values()) passed = Math.min(passed, consumer.cursor);
    while (this.#trimmed < passed) this.#release(++this.#trimmed);
  }

  #release(position: Position): void {
    if (position > this.#trimmed) return;
    const consumers = [...this.#consumers.values()];
    if (consumers.some(({ deferrals }) => deferrals.has(position))) return;
    this.#entries.remove(position);
    if (consumers.some(({ dead }) => dead.has(position))) return;
    for (const { outcomes } of consumers) outcomes.delete(position);
  }

  #holders(): readonly DeadHolder[] {
    return [...this.#consumers.values()].map(({ name, deadBytes, dead }) => ({ name, deadBytes, dead: dead.size }));
  }

  #discard(): void {
    for (;;) {
      const excess = excessOf(this.#holders(), this.#options.maxBytes);
      const consumer = this.#consumers.get(excess?.name ?? '');
      if (excess === undefined || consumer === undefined) return;
      const { letters, bytes } = consumer.oldestDead(excess);
      if (letters.length === 0) return;
      const positions = letters.map(({ entry }) => entry.position);
      const outcomes = [{ outcome: droppedForRoom, at: this.#options.now(), positions }];
      consumer.apply({ removeDead: positions, ahead: positions, tally: { dropped: letters.length }, outcomes });
      this.#deadBytes -= bytes;
      for (const position of positions) this.#release(position);
      const shown = consumer.name === unusableConsumer ? letters.slice(0, 1) : letters;
      this.#options.onDiscard?.({ consumer: consumer.name, count: letters.length, letters: shown });
    }
  }

  #known(name: string): MemoryConsumer {
    this.#assertOpen();
    const consumer = this.#consumers.get(name);
    if (consumer === undefined) throw new Error(`the spool knows no consumer "${name}"`);
    return consumer;
  }

  #assertOpen(): void {
    if (this.#closed) throw new BelfryError('SPOOL_IO', 'the spool is closed');
  }
}

function inOrder<T>(kept: ReadonlyMap<Position, T>, after: Position, limit: number): readonly T[] {
  return [...kept]
    .filter(([position]) => position > after)
    .sort(([a], [b]) => a - b)
    .slice(0, limit)
    .map(([, value]) => value);
}

/** A log that lives as long as the process. */
export function openMemorySpool(options: MemorySpoolOptions): Spool {
  return new MemorySpool(options);
}
