/** What can be asked of a running daemon about itself: metrics, whether it is alive and ready, what the last hour was like. */
import { statfs } from 'node:fs/promises';
import type { NotifierRow } from '../admin/protocol.ts';
import { status } from '../admin/status.ts';
import { messageOf } from '../base/error.ts';
import { settlesWithin } from '../base/settles-within.ts';
import { version } from '../base/version.ts';
import type { Configuration } from '../config/configuration.ts';
import type { IntakeHost, ThreadFacts } from '../intake-host/intake-host.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { type Quantiles, together } from '../metrics/histogram.ts';
import { History, type HistoryAnswer, stepMs } from '../metrics/history.ts';
import { LoopDelay } from '../metrics/loop-delay.ts';
import { processFacts } from '../metrics/process-facts.ts';
import { type Facts, type NotifierFacts, type PausedBy, samplesOf } from '../metrics/samples.ts';
import type { SpoolState } from '../spool/spool.ts';
import { unfinishedOf } from '../spool/tally.ts';
import { type DaemonParts, toolsOf } from './daemon-parts.ts';
import { type Readiness, readinessOf } from './readiness.ts';
import type { Recorder } from './recorder.ts';
import { silentParts } from './supervision.ts';

export interface ObservationParts extends Omit<DaemonParts, 'log'> {
  readonly recorder: Recorder;
  readonly intakes: Pick<IntakeHost, 'facts'>;
  /** See `Supervised`. */
  vitals(): ReadonlyMap<string, Promise<void>>;
  lostSockets(): readonly { readonly socket: string; readonly reason: string }[];
  isStopping(): boolean;
  /** Whether the configuration on disk is not in force, because it has mistakes. */
  isRefused(): boolean;
}

export interface Health {
  readonly alive: boolean;
  readonly parts: readonly { readonly name: string; readonly alive: boolean }[];
}

/** How long parts may take to answer, in milliseconds. */
const answerMs = 2000;

/** At one moment. */
interface Look {
  readonly threads: readonly ThreadFacts[] | undefined;
  readonly spool: SpoolState | { readonly reason: string };
  readonly disk: { readonly free: number; readonly size: number } | undefined;
}

export class Observation {
  readonly #parts: ObservationParts;
  /** As it was opened: a change takes effect after a restart. */
  readonly #spool: Configuration['spool'];
  readonly #history = new History();
  readonly #loopDelay = new LoopDelay();
  readonly #timer: NodeJS.Timeout;
  #exposition: Promise<Exposition> | undefined;
  #scraping: Promise<unknown> = Promise.resolve();

  constructor(parts: ObservationParts) {
    this.#parts = parts;
    this.#spool = parts.generation().configuration.spool;
    this.#timer = setInterval(() => void this.#step(), stepMs).unref();
    void this.#step();
  }

  /** All metrics, in the text format of Prometheus. From the first call on the delay of event loops is measured, for some minutes. */
  metrics(): Promise<{ readonly type: string; readonly text: string }> {
    const metrics = this.#scraping.then(() => this.#metrics());
    this.#scraping = metrics.catch(() => {});
    return metrics;
  }

  /** Whether all parts respond: what systemd's watchdog asks. Resolves within seconds. */
  async health(): Promise<Health> {
    const vitals = this.#parts.vitals();
    const silent = await silentParts(vitals, answerMs);
    const parts = [...vitals.keys()].map((name) => ({ name, alive: !silent.includes(name) }));
    return { alive: silent.length === 0, parts };
  }

  /** Whether requests can be accepted and stored. Resolves within seconds. */
  async readiness(): Promise<Readiness> {
    return this.#readinessOf(await this.#look(false));
  }

  /** The last hour. */
  history(): HistoryAnswer {
    return this.#history.read();
  }

  /** From receipt to delivery in the last minutes; null when nothing was delivered. */
  latencyOf(notifier: string): Quantiles | null {
    const measured = this.#parts.recorder.latencies.all().get(notifier);
    return (measured && this.#history.latencyOf(notifier, measured.delivery.data())) ?? null;
  }

  /** From receipt to the spool in the last minutes, up to the last step of the history; null when nothing was stored. */
  stored(): Quantiles | null {
    return this.#history.stored() ?? null;
  }

  /** Ends its timers. Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#loopDelay.stop();
  }

  async #metrics(): Promise<{ readonly type: string; readonly text: string }> {
    this.#exposition ??= import('../metrics/exposition.ts').then((module) => new module.Exposition());
    const exposition = await this.#exposition;
    return { type: exposition.contentType, text: await exposition.text(samplesOf(await this.#facts())) };
  }

  async #facts(): Promise<Facts> {
    const { recorder, isRefused } = this.#parts;
    const look = await this.#look(true);
    const { threads = [], spool, disk } = look;
    const loop = this.#loopDelay.read();
    const loops = [...(loop ? [['main', loop] as const] : []), ...threads.flatMap(loopOf)];
    const kept =
      'reason' in spool ? { entries: 0, bytes: 0 } : { entries: spool.last - spool.first + 1, bytes: spool.bytes };
    return {
      version: version(),
      node: process.version,
      counted: recorder.counts.all(),
      requests: recorder.requests.all(),
      unusable: recorder.requests.unusableByStage(),
      latencies: recorder.latencies.all(),
      // Where the spool cannot be read, the check says so.
      notifiers: await this.#notifiers().catch(() => []),
      isRefused: isRefused(),
      threads,
      loops: new Map(loops),
      spool: { ...kept, maxBytes: this.#spool.maxBytes },
      disk,
      checks: this.#readinessOf(look).reasons,
      process: processFacts(),
    };
  }

  async #notifiers(): Promise<readonly NotifierFacts[]> {
    const facts: NotifierFacts[] = [];
    for await (const row of status(toolsOf(this.#parts))) if (!isUnused(row)) facts.push(factsOf(row, Date.now()));
    return facts;
  }

  #readinessOf(look: Look): Readiness {
    const { lostSockets, isStopping } = this.#parts;
    const { maxBytes } = this.#spool;
    return readinessOf({
      ...look,
      ...{ isStopping: isStopping(), lostSockets: lostSockets(), maxBytes, now: Date.now() },
    });
  }

  async #look(isScraped: boolean): Promise<Look> {
    const { directory } = this.#spool;
    const spool: Promise<Look['spool']> = this.#parts.spool
      .state()
      .catch((thrown: unknown) => ({ reason: messageOf(thrown) }));
    const disk = statfs(directory).then(
      ({ bavail, blocks, bsize }) => ({ free: bavail * bsize, size: blocks * bsize }),
      () => undefined,
    );
    return { threads: await this.#threads(isScraped), spool: await spool, disk: await disk };
  }

  /** Undefined when one of them has ended or does not answer in time. */
  async #threads(isScraped: boolean): Promise<readonly ThreadFacts[] | undefined> {
    const asked = this.#parts.intakes.facts(isScraped).catch(() => undefined);
    return (await settlesWithin(asked, answerMs)) ? asked : undefined;
  }

  /** One step of the history. Never rejects: a step that cannot be made is left out. */
  async #step(): Promise<void> {
    const { spool, recorder, generation } = this.#parts;
    try {
      const threads = await this.#threads(false);
      const { last, consumers } = await spool.state();
      const configured = new Set(generation().configuration.notifiers.map(({ name }) => name));
      const measured = recorder.latencies.all();
      const shown = consumers.filter(({ name }) => configured.has(name) || measured.has(name));
      this.#history.add({
        at: Date.now(),
        received: last,
        stored: threads && together(threads.map(({ stored }) => stored)),
        notifiers: new Map(
          shown.map((consumer) => {
            const { name, tally } = consumer;
            const waiting = unfinishedOf(consumer, last);
            return [name, { delivered: tally.delivered, waiting, delivery: measured.get(name)?.delivery.data() }];
          }),
        ),
      });
    } catch {
      // The spool is being closed, or cannot be read: others say so.
    }
  }
}

function loopOf({ thread, loop }: ThreadFacts) {
  return loop === undefined ? [] : [[thread, loop] as const];
}

/** Built in, and nobody has asked for it. */
function isUnused({ builtIn, delivered, waiting, deferred, dead }: NotifierRow): boolean {
  return builtIn === true && delivered + waiting + deferred + dead === 0;
}

function factsOf(row: NotifierRow, now: number): NotifierFacts {
  const { notifier, waiting, deferred, dead, oldestAt = now, inProgress = 0, breaker, receiver } = row;
  const pausedBy: PausedBy[] = [];
  if (row.receiverPause !== undefined) pausedBy.push(row.receiverPause.byAdministrator ? 'administrator' : 'receiver');
  if (row.pausedUntil !== undefined) pausedBy.push('breaker');
  const oldestMs = Math.max(0, now - oldestAt);
  const isFailing = receiver?.failing !== undefined;
  return { notifier, waiting, deferred, dead, oldestMs, inProgress, breaker, pausedBy, isFailing };
}
