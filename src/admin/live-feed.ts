/**
 * The events as they come, for everybody who watches: the page, `belfry tail`, other programs. One loop reads the end of
 * the spool for all of them, and only while there are any. Where more comes than anybody could read, it says how much it
 * left out; dispatch and the intake never wait for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BelfryError } from '../base/error.ts';
import type { Entry, Position } from '../base/request.ts';
import { parseEntryId } from '../spool/entry-id.ts';
import type { ConsumerState } from '../spool/spool.ts';
import { type AdminContext, consumersInOrder } from './context.ts';
import {
  type Client,
  fingerprint,
  isFor,
  type LiveFilter,
  type LiveMessage,
  liveLimits,
  skip,
  woken,
} from './live-client.ts';
import { pathOf, subjectOf } from './path-of-entry.ts';
import type { RecentRow } from './protocol.ts';
import { compileQueueSelection } from './selection.ts';

export class LiveFeed {
  readonly #tools: AdminContext;
  readonly #limits: typeof liveLimits;
  readonly #clients = new Set<Client>();
  /** What was sent and is not finished, with how it stood. */
  readonly #watched = new Map<Position, string>();
  /** As one look has found them, for all that it sends. */
  #consumers: readonly ConsumerState[] | undefined;
  #looking: AbortController | undefined;
  /** Ends the wait of the loop for the next entry. */
  #stir = (): void => {};
  /** Up to where the loop has looked. */
  #examined: Promise<Position> = Promise.resolve(0);

  constructor(tools: AdminContext, limits: Partial<typeof liveLimits> = {}) {
    this.#tools = tools;
    this.#limits = { ...liveLimits, ...limits };
  }

  /** How many watch. */
  get clients(): number {
    return this.#clients.size;
  }

  /**
   * What comes from now on, or after the entry `lastId`, until `signal` aborts. Throws BelfryError BUSY when too many watch
   * already, at once.
   */
  watch(filter: LiveFilter, lastId: string | undefined, signal: AbortSignal): AsyncGenerator<LiveMessage, void, void> {
    const { clients, aliveMs } = this.#limits;
    if (this.#clients.size >= clients) {
      throw new BelfryError('BUSY', `${clients} clients are watching already: close one, or try again later`);
    }
    const position = lastId === undefined ? undefined : parseEntryId(lastId)?.position;
    if (lastId !== undefined && position === undefined) {
      throw new BelfryError('BAD_INPUT', 'Last-Event-ID is not the id of an event');
    }
    const client = this.#clientOf(filter);
    if (!signal.aborted) this.#clients.add(client);
    // Also of one that leaves before it has asked for the first message.
    signal.addEventListener('abort', () => this.#leave(client), { once: true });
    if (this.#looking === undefined) this.#begin();
    const before = position === undefined ? this.#beginning(this.#examined) : this.#before(client, position);
    return this.#follow(client, before, aliveMs, signal);
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.close();
  }

  async *#follow(
    client: Client,
    before: AsyncIterable<LiveMessage>,
    aliveMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<LiveMessage, void, void> {
    try {
      yield* before;
      while (!signal.aborted && !client.isEnded) {
        const message = client.queue.shift();
        if (message === undefined) {
          if (!(await woken(client, aliveMs, signal))) yield { alive: true };
        } else if ('skipped' in message) yield message;
        else if (message.isUpdate || message.position > client.from) {
          yield { row: message.row, isUpdate: message.isUpdate };
        }
      }
    } finally {
      this.#leave(client);
    }
  }

  /** Looks no more; whoever watches is to ask again. Idempotent; whoever watches next begins anew. */
  close(): void {
    this.#looking?.abort();
    this.#looking = undefined;
    this.#watched.clear();
    for (const client of this.#clients) {
      client.isEnded = true;
      client.wake();
    }
    this.#clients.clear();
  }

  #clientOf({ notifier, ...selection }: LiveFilter): Client {
    const { about, now } = this.#tools;
    const selects = compileQueueSelection(selection, about, now());
    const wants = (entry: Entry): boolean => selects(entry, nothing);
    return { wants, notifier, queue: [], from: 0, isEnded: false, wake: () => {} };
  }

  #begin(): void {
    const looking = new AbortController();
    this.#looking = looking;
    const start = this.#tools.spool.state().then(({ last }) => last);
    this.#examined = start.catch(() => 0);
    this.#look(start, looking.signal).catch(() => {
      // Aborted, or the spool is closed, or its disk is broken, which the daemon says elsewhere.
      if (this.#looking === looking) this.close();
    });
  }

  async #look(start: Promise<Position>, signal: AbortSignal): Promise<void> {
    const { spool } = this.#tools;
    let position = await start;
    while (!signal.aborted) {
      this.#consumers = undefined;
      if (this.#watched.size === 0) {
        const idle = new AbortController();
        this.#stir = () => idle.abort();
        signal.addEventListener('abort', this.#stir, { once: true });
        await spool.arrival(position, idle.signal);
        signal.removeEventListener('abort', this.#stir);
      } else await this.#again();
      position = await this.#news(position);
      if (!signal.aborted) this.#examined = Promise.resolve(position);
      await sleep(this.#limits.tickMs, undefined, { signal, ref: false });
    }
  }

  /** Sends what has come after `position`. */
  async #news(position: Position): Promise<Position> {
    const { spool } = this.#tools;
    const { last } = await spool.state();
    if (last > position) this.#consumers ??= await consumersInOrder(this.#tools);
    const from = Math.max(position, last - this.#limits.examined);
    for (const client of this.#clients) skip(client, from - Math.max(position, client.from));
    const sent = new Map<Client, number>();
    for (let after = from; after < last; ) {
      const entries = await spool.read(after, Math.min(256, last - after));
      for (const entry of entries) await this.#offer(entry, sent);
      after = entries.at(-1)?.position ?? last;
    }
    for (const client of this.#clients) if (client.queue.length > 0) client.wake();
    return last;
  }

  async #offer(entry: Entry, sent: Map<Client, number>): Promise<void> {
    const wanting = [...this.#clients].filter((client) => entry.position > client.from && client.wants(entry));
    if (wanting.length === 0) return;
    // Where nobody has room left, its path need not be looked for, unless somebody wants to know what a notifier does.
    const isFull = wanting.every((client) => client.notifier === undefined && this.#isFull(client, sent));
    const row = isFull ? undefined : (await this.#lookAt(entry.position))?.row;
    if (row !== undefined) this.#watch(entry.position, row);
    for (const client of wanting) {
      if (row !== undefined && !isFor(client, row)) continue;
      if (row === undefined || this.#isFull(client, sent)) skip(client, 1);
      else client.queue.push({ row, isUpdate: false, position: entry.position });
      sent.set(client, (sent.get(client) ?? 0) + 1);
    }
  }

  #isFull(client: Client, sent: ReadonlyMap<Client, number>): boolean {
    return (sent.get(client) ?? 0) >= this.#limits.sent || client.queue.length >= this.#limits.queued;
  }

  /** Looks at it again, unless it is finished. */
  #watch(position: Position, row: RecentRow): void {
    this.#watched.delete(position);
    const isOpen = row.notifiers.some(({ state }) => state === 'waiting' || state === 'deferred');
    if (isOpen) this.#watched.set(position, fingerprint(row));
    for (const oldest of this.#watched.keys()) {
      if (this.#watched.size <= this.#limits.watched) break;
      this.#watched.delete(oldest);
    }
  }

  /** Looks again at some of what was not finished. */
  async #again(): Promise<void> {
    this.#consumers = await consumersInOrder(this.#tools);
    for (const [position, before] of [...this.#watched].slice(0, this.#limits.sent)) {
      const found = await this.#lookAt(position);
      // As the last in the order, so that all have their turn.
      this.#watched.delete(position);
      if (found === undefined) continue;
      const { row, entry } = found;
      this.#watch(position, row);
      if (fingerprint(row) === before) continue;
      for (const client of this.#clients) {
        // One that reads slowly does without: it was told of the event, or that it was left out.
        if (client.queue.length >= this.#limits.queued || !client.wants(entry) || !isFor(client, row)) continue;
        client.queue.push({ row, isUpdate: true, position });
        client.wake();
      }
    }
  }

  async *#beginning(examined: Promise<Position>): AsyncGenerator<LiveMessage, void, void> {
    const position = await examined;
    const entry = position === 0 ? undefined : await this.#tools.spool.get(position);
    if (entry !== undefined) yield { begins: entry.id };
  }

  /** What has come since, as far back as the limits allow. */
  async *#before(client: Client, position: Position): AsyncGenerator<LiveMessage, void, void> {
    const { spool } = this.#tools;
    const { last, first } = await spool.state();
    const from = Math.max(Math.min(position, last), last - this.#limits.back, first - 1);
    client.from = last;
    if (from > position) yield { skipped: from - position };
    for (let after = from; after < last; ) {
      const entries = await spool.read(after, Math.min(64, last - after));
      for (const entry of entries) {
        const row = client.wants(entry) ? (await this.#lookAt(entry.position))?.row : undefined;
        if (row === undefined || !isFor(client, row)) continue;
        this.#watch(entry.position, row);
        if (this.#watched.size > 0) this.#stir();
        yield { row, isUpdate: false };
      }
      after = entries.at(-1)?.position ?? last;
    }
  }

  async #lookAt(position: Position): Promise<{ readonly row: RecentRow; readonly entry: Entry } | undefined> {
    const { entry, notifiers } = await pathOf(this.#tools, position, this.#consumers);
    if (entry === undefined) return undefined;
    return { entry, row: { kind: 'recent', ...subjectOf(this.#tools, entry), notifiers } };
  }
}

const nothing = { attempts: [] };
