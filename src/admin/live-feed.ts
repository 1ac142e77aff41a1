/**
 * The events as they come, for everybody who watches: the page, `belfry tail`, other programs. One loop reads the end of
 * the spool for all of them, and only while there are any. Where more comes than anybody could read, it says how much it
 * left out; dispatch and the intake never wait for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BelfryError } from '../base/error.ts';
import type { Entry, Position } from '../base/request.ts';
import { parseEntryId } from '../spool/entry-id.ts';
import type { AdminContext } from './context.ts';
import { type Client, type LiveFilter, type LiveMessage, woken } from './live-client.ts';
import { pathOf, subjectOf } from './path-of-entry.ts';
import type { RecentRow } from './protocol.ts';
import { compileQueueSelection } from './selection.ts';

export const liveLimits = {
  clients: 100,
  /** Between two looks. */
  tickMs: 250,
  /** Entries that one look examines, and rows that it sends to a client. */
  examined: 2000,
  sent: 50,
  /** Rows that wait for a client that reads slowly. */
  queued: 1000,
  /** Entries that are looked at again until they are finished. */
  watched: 300,
  /** How far back a client may begin. */
  back: 1000,
  aliveMs: 15_000,
};

export class LiveFeed {
  readonly #tools: AdminContext;
  readonly #limits: typeof liveLimits;
  readonly #clients = new Set<Client>();
  /** What was sent and is not finished, with how it stood. */
  readonly #watched = new Map<Position, string>();
  #looking: AbortController | undefined;

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
    const client = this.#clientOf(filter);
    this.#clients.add(client);
    // Also of one that leaves before it has asked for the first message.
    signal.addEventListener('abort', () => this.#leave(client), { once: true });
    if (this.#looking === undefined) this.#begin();
    return this.#follow(client, lastId, aliveMs, signal);
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.close();
  }

  async *#follow(
    client: Client,
    lastId: string | undefined,
    aliveMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<LiveMessage, void, void> {
    try {
      if (lastId !== undefined) yield* this.#before(client, lastId);
      while (!signal.aborted) {
        const { skipped } = client;
        client.skipped = 0;
        if (skipped > 0) yield { skipped };
        const message = client.queue.shift();
        if (message !== undefined) yield message;
        else if (!(await woken(client, aliveMs, signal))) yield { alive: true };
      }
    } finally {
      this.#leave(client);
    }
  }

  /** Looks no more. Idempotent; whoever watches next begins anew. */
  close(): void {
    this.#looking?.abort();
    this.#looking = undefined;
    this.#watched.clear();
  }

  #clientOf({ notifier, ...selection }: LiveFilter): Client {
    const { about, now } = this.#tools;
    const selects = compileQueueSelection(selection, about, now());
    return { wants: (entry) => selects(entry, nothing), notifier, queue: [], skipped: 0, wake: () => {} };
  }

  #begin(): void {
    const looking = new AbortController();
    this.#looking = looking;
    this.#look(looking.signal).catch(() => {
      // Aborted, or the spool is closed, or its disk is broken, which the daemon says elsewhere: clients get no more until they come again.
      if (this.#looking === looking) this.close();
    });
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { spool } = this.#tools;
    let { last: position } = await spool.state();
    while (!signal.aborted) {
      if (this.#watched.size === 0) await spool.arrival(position, signal);
      else await this.#again();
      position = await this.#news(position);
      await sleep(this.#limits.tickMs, undefined, { signal, ref: false });
    }
  }

  /** Sends what has come after `position`. */
  async #news(position: Position): Promise<Position> {
    const { spool } = this.#tools;
    const { last } = await spool.state();
    const from = Math.max(position, last - this.#limits.examined);
    for (const client of this.#clients) client.skipped += from - position;
    const sent = new Map<Client, number>();
    for (let after = from; after < last; ) {
      const entries = await spool.read(after, Math.min(256, last - after));
      for (const entry of entries) await this.#offer(entry, sent);
      after = entries.at(-1)?.position ?? last;
    }
    return last;
  }

  async #offer(entry: Entry, sent: Map<Client, number>): Promise<void> {
    const wanting: Client[] = [];
    for (const client of this.#clients) {
      if (!client.wants(entry)) continue;
      const count = sent.get(client) ?? 0;
      sent.set(client, count + 1);
      if (count < this.#limits.sent) wanting.push(client);
      else client.skipped++;
    }
    if (wanting.length > 0) await this.#send(entry.position, wanting, false);
  }

  async #send(position: Position, clients: Iterable<Client>, isUpdate: boolean): Promise<void> {
    const row = await this.#rowOf(position);
    if (row === undefined) return;
    const isOpen = row.notifiers.some(({ state }) => state === 'waiting' || state === 'deferred');
    if (isOpen) this.#watched.set(position, fingerprint(row));
    else this.#watched.delete(position);
    for (const oldest of this.#watched.keys()) {
      if (this.#watched.size <= this.#limits.watched) break;
      this.#watched.delete(oldest);
    }
    for (const client of clients) {
      if (!isFor(client, row)) continue;
      if (client.queue.length < this.#limits.queued) client.queue.push({ row, isUpdate });
      else client.skipped++;
      client.wake();
    }
  }

  /** Looks again at some of what was not finished. */
  async #again(): Promise<void> {
    for (const [position, before] of [...this.#watched].slice(0, this.#limits.sent)) {
      const row = await this.#rowOf(position);
      // As the last in the order, so that all have their turn.
      this.#watched.delete(position);
      if (row === undefined) continue;
      if (fingerprint(row) === before) {
        this.#watched.set(position, before);
        continue;
      }
      const entry = await this.#tools.spool.get(position);
      if (entry !== undefined)
        await this.#send(
          position,
          [...this.#clients].filter(({ wants }) => wants(entry)),
          true,
        );
    }
  }

  async *#before(client: Client, lastId: string): AsyncGenerator<LiveMessage, void, void> {
    const position = parseEntryId(lastId)?.position;
    if (position === undefined) throw new BelfryError('BAD_INPUT', 'Last-Event-ID is not the id of an event');
    const { last } = await this.#tools.spool.state();
    const from = Math.max(Math.min(position, last), last - this.#limits.back);
    if (from > position) yield { skipped: from - position };
    for (let after = from; after < last; ) {
      const entries = await this.#tools.spool.read(after, Math.min(64, last - after));
      for (const entry of entries) {
        const row = client.wants(entry) ? await this.#rowOf(entry.position) : undefined;
        if (row !== undefined && isFor(client, row)) yield { row, isUpdate: false };
      }
      after = entries.at(-1)?.position ?? last;
    }
  }

  async #rowOf(position: Position): Promise<RecentRow | undefined> {
    const { entry, notifiers } = await pathOf(this.#tools, position);
    if (entry === undefined) return undefined;
    const subject = subjectOf(this.#tools, entry);
    return { kind: 'recent', ...subject, notifiers };
  }
}

const nothing = { attempts: [] };

function isFor({ notifier }: Client, { notifiers }: RecentRow): boolean {
  if (notifier === undefined) return true;
  return notifiers.some((one) => one.notifier === notifier && one.state !== 'filtered');
}

const fingerprint = ({ notifiers }: RecentRow): string =>
  notifiers.map(({ state, attempts }) => `${state}${attempts.length}`).join(' ');
