/** Where intakes run: opens them, renews and stops them. One class, in the main thread and in threads of their own. */
import type { Logger } from 'pino';
import { messageOf } from '../base/error.ts';
import type { Accept, IntakeCounts, IntakeServices, IntakeSetting, OpenIntake } from '../intake/intake.ts';
import { kindOf } from '../intake/table.ts';
import type { IntakeRecorder } from '../metrics/intake-recorder.ts';

/** Of an intake that is open: the request to open it. */
export type IntakeId = number;

/** A setting for an intake that is open. */
export interface Renewal {
  readonly id: IntakeId;
  readonly setting: IntakeSetting;
}

export interface IntakesParts extends IntakesEvents {
  readonly log: Logger;
  /** Whether intakes have the thread for themselves. */
  readonly ownThread: boolean;
  readonly accept: Accept;
  readonly lastRun?: IntakeServices['lastRun'];
  readonly recorder?: IntakeRecorder;
}

/** What happens to the intakes of a thread. */
export interface IntakesEvents {
  /** The process that passed a socket to us has shut it down: nothing more comes from it. */
  readonly onSocketShutDown: (address: string) => void;
  /** An intake has failed, which is a bug: nothing more is read, so the process must end and be started again. */
  readonly onFailure: (reason: string) => void;
}

/** An intake as it stands. */
export interface SocketFacts extends IntakeCounts {
  readonly address: string;
  /** See `Intake.queued`. */
  readonly queued?: number;
}

interface Running extends OpenIntake {
  readonly transport: string;
  readonly stop: AbortController;
  readonly running: Promise<void>;
}

export class Intakes {
  readonly #parts: IntakesParts;
  readonly #running = new Map<IntakeId, Running>();

  constructor(parts: IntakesParts) {
    this.#parts = parts;
  }

  /**
   * Opens an intake, or takes the socket that was passed to the process as `descriptor`, and begins to read it. Answers
   * its address, for logs. Throws BelfryError as opening it does.
   */
  async open(id: IntakeId, setting: IntakeSetting, descriptor?: number): Promise<string> {
    const { accept, onSocketShutDown, onFailure, log, ownThread, lastRun, recorder } = this.#parts;
    const passed = descriptor === undefined ? {} : { descriptor };
    const services = { log, ownThread, ...(lastRun && { lastRun }), ...(recorder && { recorder }), ...passed };
    const open = await kindOf(setting).open(setting, services);
    const { intake } = open;
    const stop = new AbortController();
    const running = intake.run(accept, stop.signal).then(
      () => {
        if (!stop.signal.aborted) onSocketShutDown(intake.address);
      },
      (thrown: unknown) => onFailure(messageOf(thrown)),
    );
    this.#running.set(id, { ...open, transport: setting.transport, stop, running });
    return intake.address;
  }

  /** Renews all of them, or none: throws BelfryError when one of the settings cannot be used. */
  renew(renewals: readonly Renewal[]): void {
    const takes = renewals.map(({ id, setting }) => {
      const open = this.#running.get(id);
      return open?.transport === setting.transport ? open.renew(setting) : undefined;
    });
    for (const take of takes) take?.();
  }

  /** Stops reading one; resolves with what it counted when all that was read has been answered for. */
  async stop(id: IntakeId): Promise<IntakeCounts> {
    const one = this.#running.get(id);
    if (one === undefined) return { received: 0, truncated: 0, lost: 0 };
    this.#running.delete(id);
    one.stop.abort();
    await one.running;
    await one.intake.close();
    return one.intake.counts();
  }

  sockets(): readonly SocketFacts[] {
    return [...this.#running.values()].map(({ intake }) => {
      const queued = intake.queued?.();
      return { address: intake.address, ...intake.counts(), ...(queued === undefined ? {} : { queued }) };
    });
  }

  /** Stops all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.stop(id)));
  }
}
