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

export interface ObservationParts extends DaemonParts {
  readonly recorder: Recorder;
  readonly intakes: Pick<IntakeHost, 'facts'>;
  /** See `Supervised`. */
  vitals(): ReadonlyMap<string, Promise<void>>;
  lostSockets(): readonly { readonly socket: string; readonly reason: string }[];
  isStopping(): boolean;
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
  readonly #history = new History();
  readonly #loopDelay = new LoopDelay();
  readonly #timer: NodeJS.Timeout;
  #exposition: Promise<Exposition> | undefined;
  #scraping: Promise<unknown> = Promise.resolve();

  constructor(parts: ObservationParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#step(), stepMs).unref();
    void this.#step();
  }

  /** Of what `metricsText` answers. */
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';

  /** All metrics, in the text format of Prometheus. From the first call on the delay of event loops is measured, for some minutes. */
  metricsText(): Promise<string> {
    const text = this.#scraping.then(() => this.#metricsText());
    this.#scraping = text.catch(() => {});
    return text;
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

  /** From receipt to the spool in the last minutes; null when nothing was stored, or the intake does not answer. */
  async stored(): Promise<Quantiles | null> {
    const all = together((await this.#threads(false))?.map(({ stored }) => stored) ?? []);
    return (all && this.#history.stored(all)) ?? null;
  }

  /** Ends its timers. Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#loopDelay.stop();
  }

  async #metricsText(): Promise<string> {
    this.#exposition ??= import('../metrics/exposition.ts').then((module) => new module.Exposition());
    const exposition = await this.#exposition;
    return exposition.text(samplesOf(await this.#facts()));
  }

  async #facts(): Promise<Facts> {
    const { recorder, generation } = this.#parts;
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
      notifiers: await this.#notifiers(),
      threads,
      loops: new Map(loops),
      spool: { ...kept, maxBytes: generation().configuration.spool.maxBytes },
      disk,
      checks: this.#readinessOf(look).reasons,
      process: processFacts(),
    };
  }

  async #notifiers(): Promise<readonly NotifierFacts[]> {
    const facts: NotifierFacts[] = [];
    for await (const row of status(toolsOf(this.#parts))) facts.push(factsOf(row, Date.now()));
    return facts;
  }

  #readinessOf(look: Look): Readiness {
    const { lostSockets, isStopping } = this.#parts;
    const { maxBytes } = this.#configuredSpool();
    return readinessOf({
      ...look,
      ...{ isStopping: isStopping(), lostSockets: lostSockets(), maxBytes, now: Date.now() },
    });
  }

  async #look(isScraped: boolean): Promise<Look> {
    const { directory } = this.#configuredSpool();
    const spool: Promise<Look['spool']> = this.#parts.spool
      .state()
      .catch((thrown: unknown) => ({ reason: messageOf(thrown) }));
    const disk = statfs(directory).then(
      ({ bavail, blocks, bsize }) => ({ free: bavail * bsize, size: blocks * bsize }),
      () => undefined,
    );
    return { threads: await this.#threads(isScraped), spool: await spool, disk: await disk };
  }

  #configuredSpool(): Configuration['spool'] {
    return this.#parts.generation().configuration.spool;
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
      const { notifiers, builtIns } = generation().configuration;
      const names = new Set([...notifiers, ...builtIns].map(({ name }) => name));
      this.#history.add({
        at: Date.now(),
        received: last,
        stored: threads && together(threads.map(({ stored }) => stored)),
        notifiers: new Map(
          consumers
            .filter(({ name }) => names.has(name))
            .map((consumer) => {
              const { name, tally } = consumer;
              const delivery = recorder.latencies.of(name).delivery.data();
              return [name, { delivered: tally.delivered, waiting: unfinishedOf(consumer, last), delivery }];
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

function factsOf(row: NotifierRow, now: number): NotifierFacts {
  const { notifier, waiting, deferred, dead, oldestAt = now, inProgress = 0, breaker, receiver } = row;
  const pausedBy: PausedBy[] = [];
  if (row.receiverPause !== undefined) pausedBy.push('receiver');
  if (row.pausedUntil !== undefined) pausedBy.push('breaker');
  const oldestMs = Math.max(0, now - oldestAt);
  const isFailing = receiver?.failing !== undefined;
  return { notifier, waiting, deferred, dead, oldestMs, inProgress, breaker, pausedBy, isFailing };
}
