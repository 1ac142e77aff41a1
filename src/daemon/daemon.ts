/**
 * The composition root: builds the parts, starts them, exchanges them at a reload, stops them.
 *
 * The path of one request, in the order in which it is called; `test/daemon/path.test.ts` keeps it true:
 *
 *     intake/datagram.ts                 openDatagramIntake   reads it from the socket; parses nothing
 *     intake/accept-queue.ts             AcceptQueue          collects what is read while the spool writes
 *     intake-host/intakes.ts             Intakes              runs all this, in a thread of its own (worker.ts)
 *     spool/lmdb/log/log-writer.ts       LogWriter            appends a batch in one transaction: it is durable now
 *     spool/lmdb/log/packed.ts           packAll              divides the batch into chunks
 *     intake-host/thread.ts              IntakeThread         reports to the main thread up to where there are entries
 *     spool/lmdb/lmdb-spool.ts           LmdbSpool            wakes each consumer that waits for them
 *     dispatch/consumer.ts               Consumer             one loop for each notifier
 *     dispatch/loader.ts                 Loader               reads entries ahead (deferred ones: due-loader.ts)
 *     dispatch/unusable.ts               decide               asks what this notifier is to do with the entry
 *     examine/examiner.ts                createExaminer       remembers the answer for the other notifiers
 *     examine/examine.ts                 examine              decodes, validates, routes
 *     decode/raw.ts                      decodeRaw            bytes to a request, by its format
 *     decode/event.ts                    decodeEvent          the message of a request to an event
 *     schema/load-schemas.ts             loadSchemas          what its type says that the event must have
 *     examine/routing.ts                 compileRouting       which notifiers a request is for
 *     examine/choose.ts                  choose               what one notifier makes of it: filters, chooses
 *     filter/filter.ts                   compileFilter        event_groups, flags, special use, parameters, content
 *     examine/notification.ts            eventNotification    what a notifier is given
 *     dispatch/run.ts                    Run                  the next entries as one call, where all goes well
 *     dispatch/lane.ts                   Lanes                what must stay in order
 *     dispatch/admission.ts              Admission            how many attempts at a time; the circuit breaker
 *     dispatch/attempt.ts                attempt              one call of the notifier, with its deadline
 *     notifier/table.ts                  methods              log, mailto, exec, webhook: answers an outcome
 *     dispatch/booking.ts                Booking              delivered, deferred or a dead letter
 *     dispatch/pending-progress.ts       PendingProgress      gathers that until the next commit
 *     spool/lmdb/consumers/consumer-table.ts ConsumerTable    commits it: the cursor moves
 *     spool/lmdb/log/trimmer.ts          Trimmer              removes what every consumer has passed
 */
import type { About, Entry } from '../base/request.ts';
import { version } from '../base/version.ts';
import type { Configuration } from '../config/configuration.ts';
import { type Dispatch, startDispatch } from '../dispatch/dispatch.ts';
import { logDiscarded, logObserver } from '../dispatch/observer.ts';
import type { DaemonLog } from '../log/daemon-log.ts';
import type { InheritedSocket } from '../os/inherited-sockets.ts';
import { Administration, type Renewal } from './administration.ts';
import { createApi } from './api.ts';
import { type CommonParts, commonParts } from './common-parts.ts';
import { addNewConsumers, logUnfinished, removeUnconfiguredConsumers } from './consumers.ts';
import { type Engine, openEngine } from './engine.ts';
import type { LoadedState } from './facts.ts';
import { type Generation, openGeneration } from './generation.ts';
import { Listeners } from './listeners.ts';
import { Observation } from './observation.ts';
import { makeOwnDirectories } from './own-directories.ts';
import { Recorder } from './recorder.ts';
import { warnOfRestart } from './restart-warnings.ts';
import { statusLine } from './status-line.ts';

export interface DaemonOptions {
  readonly log: DaemonLog;
  /** The flag -m: the notifiers of a request that names no method. */
  readonly defaultMethod?: string;
  /** Sockets that were open before the process was. They are read whatever the configuration says. */
  readonly inherited?: readonly InheritedSocket[];
  /** The process that passed us a socket has shut it down: it needs this process no longer. */
  readonly onSocketShutDown?: (address: string) => void;
  /** The intake has failed: the process must end, to be started again. */
  readonly onFailure: (reason: string) => void;
  /** How the spool and its intakes are opened. Default: as the configuration says. */
  readonly openEngine?: typeof openEngine;
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #engine: Engine;
  readonly #listeners: Listeners;
  readonly #generationParts: CommonParts;
  readonly #startedAt = Date.now();
  readonly #stopping = new AbortController();
  #generation: Generation;
  #dispatch: Dispatch;
  /** For whoever asks how it is. */
  readonly observation: Observation;
  readonly #administration: Administration;
  #loaded: LoadedState = { at: Date.now() };
  #reloading: Promise<void> = Promise.resolve();

  private constructor(options: DaemonOptions, engine: Engine, generation: Generation, parts: CommonParts) {
    this.#options = options;
    this.#engine = engine;
    this.#listeners = new Listeners(engine.intakes, options.inherited ?? [], options.log.log);
    this.#generationParts = parts;
    this.#generation = generation;
    this.#dispatch = this.#startDispatch();
    const { log } = options.log;
    const shared = { log, spool: engine.spool, generation: () => this.#generation, dispatch: () => this.#dispatch };
    this.observation = new Observation({
      ...{ ...shared, recorder: parts.recorder, intakes: engine.intakes, vitals: () => this.vitals() },
      lostSockets: () => this.#listeners.lost(),
      isStopping: () => this.#stopping.signal.aborted,
      isRefused: () => this.#loaded.refused !== undefined,
    });
    const api = createApi({
      ...{ ...shared, recorder: parts.recorder, observation: this.observation, startedAt: this.#startedAt },
      sockets: () => this.#listeners.addresses().sockets,
      loaded: () => this.#loaded,
    });
    this.#administration = new Administration({ log, api });
  }

  /** Everything is ready before the first socket is opened, so that what arrives is never turned away. */
  static async start(configuration: Configuration, options: DaemonOptions): Promise<Daemon> {
    const { log } = options.log;
    makeOwnDirectories(configuration);
    const recorder = new Recorder();
    const { counts } = recorder;
    let daemon: Daemon | undefined;
    const about = (entry: Entry): About | undefined => (daemon === undefined ? undefined : daemon.#about(entry));
    const events = {
      ...{ log, putLine: options.log.putLine, onFailure: options.onFailure },
      onDiscard: logDiscarded({ log, counts, now: Date.now, about }),
      onSocketShutDown: (address: string) => options.onSocketShutDown?.(address),
    };
    const engine = await (options.openEngine ?? openEngine)(configuration, events);
    const parts = commonParts(options, recorder, engine);
    let generation: Generation;
    try {
      generation = await openGeneration(configuration, parts);
      await addNewConsumers(engine.spool, generation.recipients);
      await removeUnconfiguredConsumers(engine.spool, generation.recipients, log);
      await parts.losses.begin(engine.spool, generation.examiner.event);
    } catch (thrown) {
      await engine.close();
      throw thrown;
    }
    daemon = new Daemon(options, engine, generation, parts);
    try {
      await daemon.#listeners.open(configuration);
      await (await daemon.#administration.prepare(configuration)).apply();
    } catch (thrown) {
      await daemon.stop();
      throw thrown;
    }
    const notifiers = configuration.notifiers.map(({ name, method }) => `${name} (${method.name})`);
    log.info(
      {
        version: version(),
        pid: process.pid,
        ...daemon.#listeners.addresses(),
        ...daemon.#administration.addresses(),
        notifiers,
      },
      'ready',
    );
    return daemon;
  }

  /** See `Supervised`. */
  vitals(): ReadonlyMap<string, Promise<void>> {
    return new Map([...this.#engine.intakes.vitals(), ...this.#dispatch.heartbeats()]);
  }

  /** See `Supervised`. */
  async statusLine(): Promise<string> {
    const methods = new Map(this.#generation.configuration.notifiers.map(({ name, method }) => [name, method.name]));
    return statusLine(await this.#engine.spool.state(), this.#dispatch.states(), methods, Date.now());
  }

  /** Milliseconds that a stop may take, beside what notifiers need that do not end when they are asked to. */
  get shutdownGraceMs(): number {
    return this.#generation.configuration.shutdownGraceMs;
  }

  /** Takes a new configuration, or keeps the old one and rejects with the reason. The sockets stay open. */
  reload(configuration: Configuration): Promise<void> {
    const reloaded = this.#reloading.then(() => this.#reload(configuration));
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  /** Remembers that the configuration on disk is not in force, for the API. */
  refused(reason: string): void {
    this.#loaded = { ...this.#loaded, refused: { at: Date.now(), reason } };
  }

  /** Stops reading, finishes what is under way within shutdown_grace, and gives everything back. */
  async stop(): Promise<void> {
    const graceEnds = performance.now() + this.shutdownGraceMs;
    this.#stopping.abort();
    this.observation.close();
    await this.#reloading;
    const { log } = this.#options.log;
    await this.#administration.close();
    const intake = await this.#listeners.stop();
    await this.#dispatch.stop(Math.max(0, graceEnds - performance.now()));
    await this.#generation.close();
    await this.#generationParts.losses.save();
    await logUnfinished(this.#engine.spool, log);
    await this.#engine.close();
    log.info(
      { upMs: Date.now() - this.#startedAt, intake, counts: this.#generationParts.recorder.counts.all() },
      'stopped',
    );
    await this.#options.log.drain();
  }

  async #reload(configuration: Configuration): Promise<void> {
    const { log } = this.#options.log;
    const old = this.#generation;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(openMs)]);
    const next = await openGeneration(configuration, { ...this.#generationParts, signal });
    let administration: Renewal | undefined;
    let removeConsumers = async (): Promise<void> => {};
    let stopUnwanted: () => Promise<void>;
    // All that can fail, before anything of the old is given up.
    try {
      administration = await this.#administration.prepare(configuration);
      removeConsumers = await addNewConsumers(this.#engine.spool, next.recipients);
      stopUnwanted = await this.#listeners.open(configuration);
    } catch (thrown) {
      await administration?.discard();
      await removeConsumers().catch(() => {});
      await next.close();
      throw thrown;
    }
    await this.#dispatch.stop(old.configuration.shutdownGraceMs);
    this.#generation = next;
    this.#dispatch = this.#startDispatch();
    await removeUnconfiguredConsumers(this.#engine.spool, next.recipients, log);
    await old.close();
    await stopUnwanted();
    await administration.apply();
    this.#loaded = { at: Date.now() };
    warnOfRestart(configuration, old.configuration, log);
    log.level = configuration.logLevel;
    this.#engine.intakes.setLogLevel(configuration.logLevel);
    log.info({ files: configuration.files }, 'reloaded');
  }

  readonly #about = (entry: Entry): About => this.#generation.examiner.about(entry);

  #startDispatch(): Dispatch {
    const { log } = this.#options.log;
    const deliveries = this.#generation.configuration.logDeliveries;
    const { counts, latencies, failures } = this.#generationParts.recorder;
    const observer = logObserver({ log, counts, latencies, failures, now: Date.now, about: this.#about, deliveries });
    const parts = { spool: this.#engine.spool, log, observer, now: Date.now, random: Math.random };
    return startDispatch(this.#generation.recipients, parts);
  }
}

/** How long the notifiers of a new configuration may take to open: then the old one stays in force. */
const openMs = 60_000;
