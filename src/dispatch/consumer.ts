/**
 * One notifier's way through the log. A single loop does everything in turn: it books what attempts have brought,
 * commits it, reads what is due and what is new, starts attempts, and sleeps until there is news. So nothing of its
 * state changes while it waits for the spool, and what is not in its memory is exactly what the spool says.
 */
import { messageOf } from '../error.ts';
import type { Outcome } from '../notifier/notifier.ts';
import type { Entry, Position } from '../request.ts';
import type { AttemptRecord, Deferral, Progress } from '../spool/spool.ts';
import { attempt, type Landing } from './attempt.ts';
import { Bell } from './bell.ts';
import type { ConsumerParts, NotifierState } from './consumer-parts.ts';
import { Gate } from './gate.ts';
import type { Flight, Lane } from './lane.ts';
import { remember } from './ledger.ts';
import type { Recipient } from './recipient.ts';
import { Recovery } from './recovery.ts';
import { nextAttempt } from './retry-schedule.ts';
import { Visits } from './visits.ts';
import { Work } from './work.ts';

/** Fresh entries that one notifier holds in memory, at the most. */
const openLimit = 1024;
/** Bytes of requests that it holds in memory, unless one alone is larger. */
const openBytes = 16 * 1024 * 1024;
/** Entries read in one step: few enough that the event loop is given back soon. */
const readStep = 256;
/** Items of one lane in memory, so that a busy mailbox leaves room for the others. */
const shortestLaneLimit = 64;
/** How long to wait before a commit that failed is tried again. */
const commitAgainMs = 1000;

export class Consumer {
  /** For those who want to change what the spool has for this notifier. */
  readonly visits: Visits;
  readonly #recipient: Recipient;
  readonly #parts: ConsumerParts;
  readonly #bell = new Bell();
  readonly #gate: Gate;
  readonly #laneLimit: number;
  readonly #recovery = new Recovery();
  #work = new Work({ cursor: 0, deferred: 0 });
  #landings: Landing[] = [];
  #uncommitted: Progress | undefined;
  #dueReadAt = 0;
  #awaited: Position = -1;

  constructor(recipient: Recipient, parts: ConsumerParts) {
    const { name, policy, notifier } = recipient;
    this.#recipient = recipient;
    this.#parts = parts;
    this.visits = new Visits(this.#bell.ring);
    this.#gate = new Gate(policy, parts.now(), (...change) => parts.observer.breaker(name, ...change));
    this.#laneLimit = Math.max(shortestLaneLimit, 2 * notifier.maxBatch);
  }

  /**
   * Works until `stop` aborts; then starts nothing more and resolves when what is under way has settled and is
   * committed. `kill` is handed to the notifier: it ends what is under way.
   */
  async run(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    this.#work = new Work(await this.#parts.spool.consumer(this.#recipient.name));
    stop.addEventListener('abort', this.#bell.ring);
    while (!stop.aborted) {
      this.#book(kill);
      if ((await this.#commit()) && (await this.#receive())) {
        await this.#loadDue();
        await this.#loadFresh();
        await this.#bell.sleep(await this.#wakeInMs(stop, this.#launch(kill)));
      } else {
        await this.#bell.sleep(commitAgainMs);
      }
    }
    stop.removeEventListener('abort', this.#bell.ring);
    for (;;) {
      this.#book(kill);
      if (this.#gate.inFlight === 0) break;
      await this.#bell.sleep();
    }
    this.#work.layDownAll();
    await this.#commit();
  }

  /** How it stands at this moment. */
  state(): NotifierState {
    const { breaker, pausedUntil, inFlight } = this.#gate;
    return { breaker, ...(pausedUntil === undefined ? {} : { pausedUntil }), inFlight };
  }

  /** Whether all that is to be done about an entry is done or in the spool; of one that is under way it is not. */
  isFinished(position: Position): boolean {
    return this.#work.isFinished(position);
  }

  /** Stands still for those who want to change something. Whether it may go on. */
  async #receive(): Promise<boolean> {
    if (!this.visits.waiting) return true;
    const { spool, now } = this.#parts;
    const { name } = this.#recipient;
    const { lanes } = this.#work;
    this.#work.layDownAll();
    this.#work.park(lanes.underWay);
    if (!(await this.#commit())) return false;
    const underWay = new Set([...lanes.underWay].map(({ item }) => item.entry.position));
    await this.visits.admit({ underWay, probe: () => this.#gate.probe(now()) });
    const keys = [...lanes.values()].map(({ key }) => key);
    this.#work.recount(await spool.consumer(name), await spool.deferredIn(name, keys));
    return true;
  }

  /** Milliseconds until something is due or may go on; undefined when only news can wake it. */
  async #wakeInMs(stop: AbortSignal, at: number): Promise<number | undefined> {
    const { spool, now } = this.#parts;
    const { readTo } = this.#work;
    if (this.#awaited !== readTo) {
      this.#awaited = readTo;
      spool.arrival(readTo, stop).then(this.#bell.ring, this.#bell.ring);
    }
    const gateMs = this.#gate.opensInMs(at);
    if (gateMs !== undefined || this.#work.deferred === 0 || !this.#recovery.mayResume) return gateMs;
    const next = await spool.nextDue(this.#recipient.name);
    // What was due when we last looked waits for a lane or a slot, and the attempt that ends will ring.
    return next === undefined || next <= this.#dueReadAt ? undefined : Math.max(0, next - now());
  }

  /** Books what the attempts have brought. */
  #book(kill: AbortSignal): void {
    const { lanes } = this.#work;
    for (const landing of this.#landings.splice(0)) {
      const { flights, outcomes } = landing;
      const reached = outcomes.some(({ status }) => status !== 'retry');
      const [first] = outcomes;
      if (reached) this.#gate.land(this.#parts.now(), undefined);
      else if (kill.aborted) this.#gate.landCalledOff();
      else this.#gate.land(this.#parts.now(), first?.status === 'retry' ? first.reason : '');
      lanes.land(flights);
      flights.forEach((flight, i) => {
        const outcome = outcomes[i];
        if (outcome !== undefined) this.#bookOne(flight, outcome, landing, kill);
      });
      for (const lane of new Set(flights.map((flight) => flight.lane))) lanes.settle(lane);
    }
  }

  #bookOne(flight: Flight, outcome: Outcome, { at, durationMs }: Landing, kill: AbortSignal): void {
    const { observer, now, random } = this.#parts;
    const { name, policy, notifier } = this.#recipient;
    const { item } = flight;
    if (outcome.status === 'retry' && kill.aborted) {
      this.#work.callOff(flight);
      return;
    }
    observer.attempted(name, item, outcome, durationMs, notifier.maxBatch > 1);
    if (outcome.status === 'delivered') {
      this.#work.delivered(flight);
      return;
    }
    const record: AttemptRecord = { at, durationMs, outcome: outcome.status, reason: outcome.reason };
    const attempts = remember(item.attempts, record);
    const next =
      outcome.status === 'rejected'
        ? { givenUp: 'rejected' }
        : nextAttempt(policy, attempts, now(), random, outcome.afterMs);
    if ('givenUp' in next) {
      const reason = `${next.givenUp}: ${outcome.reason}`;
      this.#work.bury(flight, { at: now(), reason, attempts });
      observer.buried(name, item, reason);
    } else {
      this.#work.postpone(flight, next.dueAt, attempts);
    }
  }

  /** Whether all that was booked is in the spool. What could not be committed is kept and tried again. */
  async #commit(): Promise<boolean> {
    const { spool, log } = this.#parts;
    const { name } = this.#recipient;
    for (;;) {
      this.#uncommitted ??= this.#work.takeProgress();
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

  /** Brings lanes into memory whose heads are due: as many as can be at work, and one more for each. */
  async #loadDue(): Promise<void> {
    const { spool, now } = this.#parts;
    const { name, policy } = this.#recipient;
    const { lanes, deferred } = this.#work;
    if (deferred === 0 || !this.#recovery.mayResume || !this.#gate.isOpen(now())) return;
    this.#dueReadAt = now();
    const room = 2 * policy.concurrency - lanes.deferredLanes;
    if (room <= 0) return;
    for (const head of await spool.due(name, this.#dueReadAt, lanes.size + room)) {
      if (lanes.find(head.lane) !== undefined) continue;
      const count = (await spool.deferredIn(name, [head.lane])).get(head.lane) ?? 0;
      const lane: Lane = { key: head.lane, queue: [], busy: false, deferred: count };
      for (const deferral of await spool.lane(name, head.lane, this.#laneLimit)) {
        if (deferral.dueAt > this.#dueReadAt) break;
        this.#resume(lane, deferral, await spool.get(deferral.position));
      }
      if (lane.queue.length === 0) this.#bell.ring();
    }
  }

  #resume(lane: Lane, { position, attempts }: Deferral, entry: Entry | undefined): void {
    const { log, observer } = this.#parts;
    const { name } = this.#recipient;
    if (entry === undefined) {
      log.error({ notifier: name, position }, 'a deferred entry is missing from the spool, which is a defect');
      this.#work.vanished(lane, position);
      return;
    }
    const route = this.#recipient.route(entry);
    if (route.kind === 'filtered') {
      observer.filtered(name, entry, route.reason.option, route.reason.detail);
      this.#work.filteredLate(lane, position);
      return;
    }
    this.#work.resume(lane, entry, route.notification, attempts);
  }

  async #loadFresh(): Promise<void> {
    const { spool, observer, now } = this.#parts;
    const { name } = this.#recipient;
    this.#work.parkStragglers();
    const { lanes, open, readTo, deferred, mayRead } = this.#work;
    if (open >= openLimit || lanes.bytes >= openBytes || !mayRead || !this.#gate.isOpen(now())) return;
    const entries = await spool.read(readTo, readStep);
    const resumed = this.#recovery.mayResume;
    const known = await this.#recovery.known(spool, name, readTo, readStep, entries.length);
    if (this.#recovery.mayResume !== resumed) this.#bell.ring();
    const routes = entries.map((entry) => this.#recipient.route(entry));
    const keys = deferred > 0 ? routes.flatMap((route) => (route.kind === 'deliver' ? [route.lane] : [])) : [];
    const behind = keys.length > 0 ? await spool.deferredIn(name, keys) : undefined;
    const touched = new Map<string, Lane>();
    for (const [i, entry] of entries.entries()) {
      const route = routes[i];
      if (route === undefined) break;
      if (known.has(entry.position)) {
        this.#work.passOver(entry.position);
        continue;
      }
      if (route.kind === 'filtered') {
        observer.filtered(name, entry, route.reason.option, route.reason.detail);
        this.#work.filtered(entry.position);
        continue;
      }
      const { notification, lane: key } = route;
      const lane = lanes.find(key) ??
        touched.get(key) ?? { key, queue: [], busy: false, deferred: behind?.get(key) ?? 0 };
      touched.set(key, lane);
      const full = lane.queue.length >= this.#laneLimit;
      // A full lane makes way for others, by way of the spool; but only where they could go on at once.
      if (full && !this.#gate.wantsOthers(now())) break;
      this.#work.begin(lane, entry, notification, full);
    }
    if (this.#work.readTo !== readTo) this.#bell.ring();
  }

  /** Answers its moment: what may not go then is what must be slept for. */
  #launch(kill: AbortSignal): number {
    const { notifier } = this.#recipient;
    const at = this.#parts.now();
    for (;;) {
      const flights = this.#work.lanes.take(this.#gate.room(notifier.maxBatch, at));
      if (flights.length === 0) return at;
      this.#gate.depart(flights.length, at, notifier.maxBatch > 1);
      void attempt(this.#recipient, flights, this.#parts, kill).then((landing) => {
        this.#landings.push(landing);
        this.#bell.ring();
      });
    }
  }
}
