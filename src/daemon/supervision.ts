/** Keeps a service manager informed: what the daemon is doing, how its queue stands, and that all of it is alive. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { messageOf } from '../base/error.ts';
import { settlesWithin } from '../base/settles-within.ts';
import type { ServiceManager } from '../os/service-manager.ts';

/** What is supervised. */
export interface Supervised {
  /** The parts that must be alive, by name: each promise resolves when its part has shown that it is. */
  vitals(): ReadonlyMap<string, Promise<void>>;
  /** Reads the spool, and says how the queue stands. */
  statusLine(): Promise<string>;
}

export interface SupervisionParts {
  readonly log: Logger;
  /** Milliseconds, of a clock that nobody sets: CLOCK_MONOTONIC, as systemd compares it with its own. */
  readonly monotonicMs: () => number;
  readonly times?: Partial<SupervisionTimes>;
}

/** All in milliseconds. */
const defaultTimes = {
  /** How often the status is worked out anew. */
  statusMs: 5000,
  /** How often more time is asked for while a large spool is being opened, */
  extendEveryMs: 10_000,
  /** how much, */
  extendByMs: 30_000,
  /** and after how long no more: what takes as long will never end. */
  longestStartMs: 15 * 60_000,
};
export type SupervisionTimes = Readonly<typeof defaultTimes>;

/**
 * What a stop takes beyond shutdown_grace, at the most: a reload that is under way, notifiers that are asked to end and to
 * close, and the last commit.
 */
export const beyondGraceMs = 30_000;
/** The parts are asked so often in the time that the watchdog allows, and have one such part of it to answer. */
const watchdogShare = 3;

/** One phase at a time: starting, then ready with reloads in between, then stopping. Nothing of it throws or waits. */
export class Supervision {
  readonly #manager: ServiceManager | undefined;
  readonly #log: Logger;
  readonly #monotonicMs: () => number;
  readonly #times: SupervisionTimes;
  /** Ends with the phase. */
  #phase = new AbortController();
  #ended = false;
  #status = '';
  #refused = false;
  #hanging = '';

  /** `manager`: undefined when there is none; then nothing is done at all. */
  constructor(manager: ServiceManager | undefined, { log, monotonicMs, times }: SupervisionParts) {
    this.#manager = manager;
    this.#log = log;
    this.#monotonicMs = monotonicMs;
    this.#times = { ...defaultTimes, ...times };
  }

  /** The spool is being opened, which takes long when it is large: asks for more time as long as the event loop lives. */
  starting(): void {
    const { extendEveryMs, extendByMs, longestStartMs } = this.#times;
    const end = this.#monotonicMs() + longestStartMs;
    this.#manager?.notify('STATUS=opening the spool');
    this.#every(extendEveryMs, () => {
      if (this.#monotonicMs() < end) this.#manager?.notify(`EXTEND_TIMEOUT_USEC=${microseconds(extendByMs)}`);
    });
  }

  /** The sockets are open. Says so once the spool has been read; from then on watches over `daemon`. */
  async ready(daemon: Supervised): Promise<void> {
    this.#nextPhase();
    const manager = this.#manager;
    if (manager === undefined) return;
    try {
      this.#status = await daemon.statusLine();
    } catch (thrown) {
      this.#log.error({ reason: messageOf(thrown) }, 'cannot read the spool; not reporting readiness to systemd');
      return;
    }
    if (this.#ended) return;
    manager.notify('READY=1', this.#wholeStatus());
    this.#every(this.#times.statusMs, () => this.#tellStatus(manager, daemon));
    if (manager.watchdogMs === undefined) return;
    const periodMs = manager.watchdogMs / watchdogShare;
    this.#every(periodMs, () => this.#lookAfter(manager, daemon, periodMs));
  }

  /** A new configuration is being read. To be followed by `reloaded`, whatever comes of it. */
  reloading(): void {
    if (!this.#ended) this.#manager?.notify('RELOADING=1', `MONOTONIC_USEC=${microseconds(this.#monotonicMs())}`);
  }

  /** `refused`: the configuration on disk has mistakes, and the old one stays in force. The status says so until one is taken. */
  reloaded({ refused }: { readonly refused: boolean }): void {
    if (this.#ended) return;
    const changed = refused !== this.#refused;
    this.#refused = refused;
    this.#manager?.notify('READY=1', ...(changed ? [this.#wholeStatus()] : []));
  }

  /** The daemon stops, and takes `graceMs` for it at the most, or a little more. */
  stopping(graceMs: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#nextPhase();
    const needed = microseconds(graceMs + beyondGraceMs);
    this.#manager?.notify(
      'STOPPING=1',
      `EXTEND_TIMEOUT_USEC=${needed}`,
      'STATUS=stopping, finishing attempts in progress',
    );
  }

  async #tellStatus(manager: ServiceManager, daemon: Supervised): Promise<void> {
    const status = await daemon.statusLine();
    if (status === this.#status || this.#ended) return;
    this.#status = status;
    manager.notify(this.#wholeStatus());
  }

  #wholeStatus(): string {
    const refused = 'the configuration on disk is wrong, see belfry check; ';
    return `STATUS=${this.#refused ? refused : ''}${this.#status}`;
  }

  /** WATCHDOG=1 when every part has answered in time; else the log says which has not. */
  async #lookAfter(manager: ServiceManager, daemon: Supervised, deadlineMs: number): Promise<void> {
    const silent = await silentParts(daemon.vitals(), deadlineMs);
    if (this.#ended) return;
    if (silent.length === 0) manager.notify('WATCHDOG=1');
    const hanging = silent.join(', ');
    if (hanging === this.#hanging) return;
    this.#hanging = hanging;
    if (hanging === '') this.#log.info('all parts respond again');
    else this.#log.error({ hanging: silent, deadlineMs }, 'not responding; withholding the systemd watchdog ping');
  }

  /** Again and again while the phase lasts, each time a while after the time before is over. */
  #every(periodMs: number, act: () => void | Promise<void>): void {
    const { signal } = this.#phase;
    const turn = async (): Promise<void> => {
      for (;;) {
        await sleep(periodMs, undefined, { ref: false, signal });
        try {
          await act();
        } catch (thrown) {
          this.#log.warn({ reason: messageOf(thrown) }, 'could not send status to systemd');
        }
      }
    };
    // Sleep rejects when the phase ends.
    turn().catch(() => {});
  }

  #nextPhase(): void {
    this.#phase.abort();
    this.#phase = new AbortController();
  }
}

/** The names of those that have not resolved within `deadlineMs`. */
export async function silentParts(
  vitals: ReadonlyMap<string, Promise<void>>,
  deadlineMs: number,
): Promise<readonly string[]> {
  const silent = new Set(vitals.keys());
  const answers = [...vitals].map(async ([name, alive]) => {
    await alive;
    silent.delete(name);
  });
  await settlesWithin(Promise.allSettled(answers), deadlineMs);
  return [...silent];
}

const microseconds = (ms: number): number => Math.round(ms * 1000);
