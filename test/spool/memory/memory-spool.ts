/**
 * A spool in memory, for tests of all that works on one, and the model against which a durable engine is checked. What it holds is
 * gone when the process ends. It keeps an entry as long as a consumer still needs it, and bounds what it keeps by bytes.
 */
import { BelfryError } from '../../../src/base/error.ts';
import type { Entry, Position, RawRequest } from '../../../src/base/request.ts';
import { Arrivals } from '../../../src/spool/arrivals.ts';
import type { SpoolOptions } from '../../../src/spool/engine.ts';
import { entryIds, maxLogNumber } from '../../../src/spool/entry-id.ts';
import { excessOf, UnusableAdmission } from '../../../src/spool/shares.ts';
import {
  type Appended,
  type ConsumerState,
  type DeadLetter,
  type Deferral,
  type Progress,
  type RecordedOutcome,
  type Spool,
  type SpoolState,
  unusableConsumer,
} from '../../../src/spool/spool.ts';
import { assertMemory, type SpoolMemory } from '../../../src/spool/spool-memory.ts';
import { costOf, entryOverhead, inOrder, MemoryConsumer } from './memory-consumer.ts';

/** An entry or a dead letter takes 512 bytes more than its request. */
type MemorySpoolOptions = Pick<SpoolOptions, 'maxBytes' | 'now' | 'random' | 'onDiscard'>;

class MemorySpool implements Spool {
  readonly #options: MemorySpoolOptions;
  readonly #consumers = new Map<string, MemoryConsumer>();
  readonly #entries = new Map<Position, Entry>();
  readonly #idOf: (receivedAt: number, position: Position) => string;
  readonly memory = volatileMemory();
  readonly #arrivals = new Arrivals(0);
  readonly #admission: UnusableAdmission;
  /** Everything up to here has been thrown away, but for what somebody has deferred. */
  #trimmed: Position = 0;
  #receivedAt = 0;
  /** What the entries take. */
  #bytes = 0;
  #closed = false;

  constructor(options: MemorySpoolOptions) {
    this.#options = options;
    this.#admission = new UnusableAdmission(options.maxBytes, options.now);
    this.#idOf = entryIds(Math.floor(options.random() * maxLogNumber));
  }

  async append(requests: readonly RawRequest[]): Promise<Appended> {
    this.#assertOpen();
    const { maxBytes, now } = this.#options;
    const cost = requests.reduce((sum, { bytes }) => sum + bytes.byteLength + entryOverhead, 0);
    if (this.#allBytes() + cost > maxBytes) {
      throw new BelfryError(
        'SPOOL_FULL',
        `the spool in memory is full (${this.#entries.size} entries, spool_max_size ${maxBytes} bytes): raise spool_max_size or repair the receivers of the notifiers that wait`,
      );
    }
    const receivedAt = Math.max(this.#receivedAt, now());
    this.#receivedAt = receivedAt;
    const first = this.#arrivals.last + 1;
    const idOf = (index: number): string => this.#idOf(receivedAt, first + index);
    for (const [index, request] of requests.entries()) {
      this.#keep({ position: first + index, id: idOf(index), receivedAt, request });
    }
    this.#arrivals.come(this.#arrivals.last + requests.length);
    if (this.#consumers.size === 0) this.#trim();
    return { first, idOf };
  }

  async read(after: Position, limit: number): Promise<readonly Entry[]> {
    this.#assertOpen();
    const found: Entry[] = [];
    for (let next = Math.max(after, this.#trimmed) + 1; next <= this.#arrivals.last && found.length < limit; next++) {
      const entry = this.#entries.get(next);
      if (entry !== undefined) found.push(entry);
    }
    return found;
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

  async consumer(name: string, from: Position = this.#arrivals.last): Promise<ConsumerState> {
    this.#assertOpen();
    const cursor = Math.max(Math.min(from, this.#arrivals.last), this.#trimmed);
    const consumer = this.#consumers.get(name) ?? new MemoryConsumer(name, cursor);
    this.#consumers.set(name, consumer);
    return consumer.state;
  }

  async removeConsumer(name: string): Promise<void> {
    this.#assertOpen();
    const deferrals = this.#consumers.get(name)?.deferrals.keys() ?? [];
    this.#consumers.delete(name);
    for (const position of deferrals) this.#release(position);
    this.#trim();
  }

  admit(name: string, count: number): number {
    return this.#admission.admit(name, count, this.#known(name).deadBytes);
  }

  async commit(name: string, progress: Progress): Promise<void> {
    this.#assertOpen();
    const consumer = this.#known(name);
    for (const { position } of progress.defer ?? []) {
      // A dead letter that is to be tried again brings its request back.
      const letter = consumer.dead.get(position);
      if (letter !== undefined) this.#keep(letter.entry);
    }
    consumer.apply(progress);
    for (const position of progress.removeDeferred ?? []) this.#release(position);
    for (const position of progress.removeDead ?? []) this.#release(position);
    this.#discard();
    this.#trim();
  }

  async ahead(name: string, after: Position, limit: number): Promise<readonly Position[]> {
    const sorted = [...this.#known(name).ahead].sort((a, b) => a - b);
    return sorted.filter((position) => position > after).slice(0, limit);
  }

  async due(name: string, now: number, limit: number): Promise<readonly Deferral[]> {
    const heads = this.#known(name).heads();
    return heads.filter(({ dueAt }) => dueAt <= now).slice(0, limit);
  }

  async nextDue(name: string, after = -1): Promise<number | undefined> {
    const heads = this.#known(name).heads();
    return heads.find(({ dueAt }) => dueAt > after)?.dueAt;
  }

  async deferredIn(name: string, lanes: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#known(name).deferredIn(lanes);
  }

  async lane(name: string, wanted: string, limit: number): Promise<readonly Deferral[]> {
    const all = inOrder(this.#known(name).deferrals, 0, Number.POSITIVE_INFINITY);
    return all.filter(({ lane }) => lane === wanted).slice(0, limit);
  }

  async deferred(name: string, after: Position, limit: number): Promise<readonly Deferral[]> {
    return inOrder(this.#known(name).deferrals, after, limit);
  }

  async dead(name: string, after: Position, limit: number): Promise<readonly DeadLetter[]> {
    return inOrder(this.#known(name).dead, after, limit);
  }

  async outcomes(name: string, positions: readonly Position[]): Promise<ReadonlyMap<Position, RecordedOutcome>> {
    const { outcomes } = this.#known(name);
    const known = positions.map((position) => [position, outcomes.get(position)] as const);
    return new Map(known.filter((one): one is [Position, RecordedOutcome] => one[1] !== undefined));
  }

  async state(): Promise<SpoolState> {
    this.#assertOpen();
    return {
      last: this.#arrivals.last,
      first: this.#trimmed + 1,
      bytes: this.#allBytes(),
      consumers: [...this.#consumers.values()].map(({ state }) => state),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#arrivals.close();
  }

  /** Throws away what every consumer has passed and none has deferred. */
  #trim(): void {
    const cursors = [...this.#consumers.values()].map(({ cursor }) => cursor);
    const passed = Math.min(this.#arrivals.last, ...cursors);
    while (this.#trimmed < passed) this.#release(++this.#trimmed);
  }

  #release(position: Position): void {
    if (position > this.#trimmed) return;
    const consumers = [...this.#consumers.values()];
    if (consumers.some(({ deferrals }) => deferrals.has(position))) return;
    this.#remove(position);
    if (consumers.some(({ dead }) => dead.has(position))) return;
    for (const { outcomes } of consumers) outcomes.delete(position);
  }

  /** Adds an entry, unless it is there. */
  #keep(entry: Entry): void {
    this.#remove(entry.position);
    this.#entries.set(entry.position, entry);
    this.#bytes += costOf(entry);
  }

  #remove(position: Position): void {
    const entry = this.#entries.get(position);
    if (entry === undefined) return;
    this.#entries.delete(position);
    this.#bytes -= costOf(entry);
  }

  #allBytes(): number {
    return [...this.#consumers.values()].reduce((sum, { deadBytes }) => sum + deadBytes, this.#bytes);
  }

  #discard(): void {
    for (;;) {
      const holders = [...this.#consumers].map(([name, { deadBytes, dead }]) => ({ name, deadBytes, dead: dead.size }));
      const excess = excessOf(holders, this.#options.maxBytes);
      if (excess === undefined) return;
      const { name } = excess;
      const letters = this.#known(name).discard(excess, this.#options.now());
      for (const { entry } of letters) this.#release(entry.position);
      const shown = name === unusableConsumer ? letters.slice(0, 1) : letters;
      this.#options.onDiscard?.({ consumer: name, count: letters.length, letters: shown });
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

/** A spool that lives as long as the process. */
export function openMemorySpool(options: MemorySpoolOptions): Spool {
  return new MemorySpool(options);
}

function volatileMemory(): SpoolMemory {
  const memories = new Map<string, Uint8Array>();
  return {
    async remember(name, bytes) {
      assertMemory(name, bytes);
      memories.set(name, Uint8Array.from(bytes));
    },
    async recall(name) {
      const bytes = memories.get(name);
      return bytes && Uint8Array.from(bytes);
    },
  };
}
