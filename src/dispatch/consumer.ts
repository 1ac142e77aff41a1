/**
 * One notifier's way through the log. A single loop does everything in turn: it books what attempts have brought,
 * commits it, reads what is due and what is new, starts attempts, and sleeps until there is news. So nothing of its
 * state changes while it waits for the spool, and what is not in its memory is exactly what the spool says.
 */
import type { Logger } from 'pino';
import { messageOf } from '../error.ts';
import type { Outcome } from '../notifier/notifier.ts';
import type { Entry, Position } from '../request.ts';
import type { AttemptRecord, Deferral, Progress, Spool } from '../spool/spool.ts';
import { attempt, type Landing } from './attempt.ts';
import { Bell } from './bell.ts';
import { type Flight, type Item, type Lane, Lanes } from './lane.ts';
import { Ledger, remember } from './ledger.ts';
import type { Recipient } from './recipient.ts';
import { nextAttempt } from './retry-schedule.ts';

/** Told of everything that happens to an entry, for logs and counts. */
export interface Observer {
  /** `quiet`: of a notifier that takes batches. */
  attempted(recipient: string, item: Item, outcome: Outcome, durationMs: number, quiet: boolean): void;
  filtered(recipient: string, entry: Entry, option: string, detail: string): void;
  buried(recipient: string, item: Item, reason: string): void;
}

export interface ConsumerParts {
  readonly spool: Spool;
  readonly log: Logger;
  readonly observer: Observer;
  readonly now: () => number;
  readonly random: () => number;
}

/** Fresh entries that one notifier holds in memory, at the most. */
const openLimit = 1024;
/** Bytes of requests that it holds in memory, unless one alone is larger. */
const openBytes = 16 * 1024 * 1024;
/** Entries read in one step: few enough that the event loop is given back soon. */
const readStep = 256;
/** Items of one lane in memory, so that a busy mailbox leaves room for the others. */
const laneLimit = 64;
/** How long to wait before a commit that failed is tried again. */
const commitAgainMs = 1000;

export class Consumer {
  readonly #recipient: Recipient;
  readonly #parts: ConsumerParts;
  readonly #bell = new Bell();
  readonly #lanes = new Lanes();
  readonly #laneLimit: number;
  #landings: Landing[] = [];
  #ledger = new Ledger(0);
  #uncommitted: Progress | undefined;
  #inFlight = 0;
  /** Entries that the spool has as deferred, as it will be after the next commit. */
  #deferred = 0;
  #dueReadAt = 0;
  #awaited: Position = -1;

  constructor(recipient: Recipient, parts: ConsumerParts) {
    this.#recipient = recipient;
    this.#parts = parts;
    this.#laneLimit = Math.max(laneLimit, 2 * recipient.notifier.maxBatch);
  }

  /**
   * Works until `stop` aborts; then starts nothing more and resolves when what is under way has settled and is
   * committed. `kill` is handed to the notifier: it ends what is under way.
   */
  async run(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    const state = await this.#parts.spool.consumer(this.#recipient.name);
    this.#ledger = new Ledger(state.cursor);
    this.#deferred = state.deferred;
    stop.addEventListener('abort', this.#bell.ring);
    while (!stop.aborted) {
      this.#book(kill);
      if (await this.#commit()) {
        await this.#loadDue();
        await this.#loadFresh();
        this.#launch(kill);
        await this.#bell.sleep(await this.#untilDue(stop));
      } else {
        await this.#bell.sleep(commitAgainMs);
      }
    }
    stop.removeEventListener('abort', this.#bell.ring);
    for (;;) {
      this.#book(kill);
      if (this.#inFlight === 0) break;
      await this.#bell.sleep();
    }
    // What was read and never started is due at once next time, so that a clean stop repeats nothing.
    for (const lane of this.#lanes.values()) this.#layDown(lane);
    await this.#commit();
  }

  /** Milliseconds until something is due; undefined when only news can wake it. */
  async #untilDue(stop: AbortSignal): Promise<number | undefined> {
    const { spool, now } = this.#parts;
    const { readTo } = this.#ledger;
    if (this.#awaited !== readTo) {
      this.#awaited = readTo;
      spool.arrival(readTo, stop).then(this.#bell.ring, this.#bell.ring);
    }
    if (this.#deferred === 0) return undefined;
    const next = await spool.nextDue(this.#recipient.name);
    // What was due when we last looked waits for a lane or a slot, and the attempt that ends will ring.
    return next === undefined || next <= this.#dueReadAt ? undefined : Math.max(0, next - now());
  }

  /** Writes what the attempts have brought into the ledger. */
  #book(kill: AbortSignal): void {
    for (const landing of this.#landings.splice(0)) {
      this.#inFlight--;
      this.#lanes.land(landing.flights);
      landing.flights.forEach((flight, i) => {
        const outcome = landing.outcomes[i];
        if (outcome !== undefined) this.#bookOne(flight, outcome, landing, kill);
      });
      for (const lane of new Set(landing.flights.map((flight) => flight.lane))) this.#lanes.settle(lane);
    }
  }

  #bookOne({ item, lane }: Flight, outcome: Outcome, { at, durationMs }: Landing, kill: AbortSignal): void {
    const { observer, now, random } = this.#parts;
    const { name, policy, notifier } = this.#recipient;
    const { entry, attempts } = item;
    if (outcome.status === 'retry' && kill.aborted) {
      // Ended by us, not by the receiver: no failure of its own, and due at once next time.
      if (!item.deferred) this.#defer(lane, { position: entry.position, lane: lane.key, dueAt: 0, attempts });
      return;
    }
    observer.attempted(name, item, outcome, durationMs, notifier.maxBatch > 1);
    if (outcome.status === 'delivered') {
      this.#ledger.delivered(item);
      if (item.deferred) this.#left(lane);
      return;
    }
    const record: AttemptRecord = { at, durationMs, outcome: outcome.status, reason: outcome.reason };
    const history = remember(attempts, record);
    const next =
      outcome.status === 'rejected'
        ? { givenUp: 'rejected' }
        : nextAttempt(policy, history, now(), random, outcome.afterMs);
    if ('givenUp' in next) {
      const reason = `${next.givenUp}: ${outcome.reason}`;
      this.#ledger.bury(item, { entry, lane: lane.key, at: now(), reason, attempts: history });
      observer.buried(name, item, reason);
      if (item.deferred) this.#left(lane);
      return;
    }
    const deferral = { position: entry.position, lane: lane.key, dueAt: next.dueAt, attempts: history };
    if (item.deferred) this.#ledger.defer(deferral);
    else this.#defer(lane, deferral);
    this.#layDown(lane);
  }

  /** Leaves to the spool what a lane still has in its queue. */
  #layDown(lane: Lane): void {
    for (const { entry, deferred } of this.#lanes.clear(lane)) {
      if (!deferred) this.#defer(lane, { position: entry.position, lane: lane.key, dueAt: 0, attempts: [] });
    }
  }

  #defer(lane: Lane, deferral: Deferral): void {
    this.#ledger.defer(deferral);
    lane.deferred++;
    this.#deferred++;
  }

  /** A deferred item is finished. */
  #left(lane: Lane): void {
    lane.deferred--;
    this.#deferred--;
  }

  /** Whether all that was booked is in the spool. What could not be committed is kept and tried again. */
  async #commit(): Promise<boolean> {
    const { spool, log } = this.#parts;
    const { name } = this.#recipient;
    for (;;) {
      this.#uncommitted ??= this.#ledger.take();
      if (this.#uncommitted === undefined) return true;
      try {
        await spool.commit(name, this.#uncommitted);
        this.#uncommitted = undefined;
      } catch (thrown) {
        log.error({ notifier: name, reason: messageOf(thrown) }, 'progress cannot be saved, trying again');
        return false;
      }
    }
  }

  /** Brings lanes into memory whose heads are due: as many as there can be at work, and one more for each. */
  async #loadDue(): Promise<void> {
    const { spool, now } = this.#parts;
    const { name, policy } = this.#recipient;
    if (this.#deferred === 0) return;
    this.#dueReadAt = now();
    const room = 2 * policy.concurrency - this.#lanes.deferredLanes;
    if (room <= 0) return;
    for (const head of await spool.due(name, this.#dueReadAt, this.#lanes.size + room)) {
      if (this.#lanes.find(head.lane) !== undefined) continue;
      const deferred = (await spool.deferredIn(name, [head.lane])).get(head.lane) ?? 0;
      const lane: Lane = { key: head.lane, queue: [], busy: false, deferred };
      for (const deferral of await spool.lane(name, head.lane, this.#laneLimit)) {
        if (deferral.dueAt > this.#dueReadAt) break;
        this.#resume(lane, deferral, await spool.get(deferral.position));
      }
    }
  }

  #resume(lane: Lane, { position, attempts }: Deferral, entry: Entry | undefined): void {
    const { log, observer } = this.#parts;
    const { name } = this.#recipient;
    if (entry === undefined) {
      log.error({ notifier: name, position }, 'a deferred entry is missing from the spool, which is a defect');
      this.#ledger.vanished(position);
      this.#left(lane);
      return;
    }
    const route = this.#recipient.route(entry);
    if (route.kind === 'filtered') {
      observer.filtered(name, entry, route.reason.option, route.reason.detail);
      this.#ledger.filteredLate(position);
      this.#left(lane);
      return;
    }
    this.#lanes.add(lane, { entry, notification: route.notification, attempts, deferred: true });
  }

  async #loadFresh(): Promise<void> {
    const { spool, observer } = this.#parts;
    const { name, policy } = this.#recipient;
    if (this.#ledger.open >= openLimit || this.#lanes.bytes >= openBytes) return;
    const { readTo } = this.#ledger;
    const entries = await spool.read(readTo, readStep);
    const routes = entries.map((entry) => this.#recipient.route(entry));
    const lanes = this.#deferred > 0 ? routes.flatMap((route) => (route.kind === 'deliver' ? [route.lane] : [])) : [];
    const behind = lanes.length > 0 ? await spool.deferredIn(name, lanes) : undefined;
    const touched = new Map<string, Lane>();
    for (const [i, entry] of entries.entries()) {
      const route = routes[i];
      if (route === undefined) break;
      if (route.kind === 'filtered') {
        observer.filtered(name, entry, route.reason.option, route.reason.detail);
        this.#ledger.filtered(entry.position);
        continue;
      }
      const { notification, lane: key } = route;
      const lane = this.#lanes.find(key) ??
        touched.get(key) ?? { key, queue: [], busy: false, deferred: behind?.get(key) ?? 0 };
      touched.set(key, lane);
      const full = lane.queue.length >= this.#laneLimit;
      // A full lane makes way for others, by way of the spool; but only where a slot is free for them.
      if (full && this.#inFlight >= policy.concurrency) break;
      this.#ledger.begin(entry.position);
      if (full || lane.deferred > 0) {
        this.#defer(lane, { position: entry.position, lane: key, dueAt: 0, attempts: [] });
      } else {
        this.#lanes.add(lane, { entry, notification, attempts: [], deferred: false });
      }
    }
    if (this.#ledger.readTo !== readTo) this.#bell.ring();
  }

  #launch(kill: AbortSignal): void {
    const { policy, notifier } = this.#recipient;
    while (this.#inFlight < policy.concurrency) {
      const flights = this.#lanes.take(notifier.maxBatch);
      if (flights.length === 0) return;
      this.#inFlight++;
      const land = (landing: Landing): void => {
        this.#landings.push(landing);
        this.#bell.ring();
      };
      void attempt(this.#recipient, flights, this.#parts, kill).then(land);
    }
  }
}
