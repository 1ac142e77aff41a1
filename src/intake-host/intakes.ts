/** Where intakes run: opens them, renews and stops them by their names. The same in the main thread and in one of their own. */
import type { Logger } from 'pino';
import { BelfryError, messageOf } from '../base/error.ts';
import type { SocketSetting } from '../config/configuration.ts';
import type { Accept, IntakeCounts } from '../intake/intake.ts';
import { type OpenIntake, openIntake, renewTogether } from './open-intake.ts';

export interface IntakeHostParts {
  readonly log: Logger;
  /** Whether intakes have the thread for themselves. */
  readonly ownThread: boolean;
  readonly accept: Accept;
  /** See `DatagramIntakeOptions`. */
  readonly lastRun?: (socket: string) => Uint8Array | undefined;
  /** The process that passed a socket to us has shut it down: nothing comes from it any more. */
  readonly onWithdrawn: (address: string) => void;
  /** An intake has failed, which is a bug: it takes nothing any more. */
  readonly onFailure: (reason: string) => void;
}

interface Running extends OpenIntake {
  readonly stop: AbortController;
  readonly running: Promise<void>;
}

export class IntakeHost {
  readonly #parts: IntakeHostParts;
  readonly #running = new Map<string, Running>();

  constructor(parts: IntakeHostParts) {
    this.#parts = parts;
  }

  /**
   * Opens a socket, or takes the one that was passed to the process as `descriptor`, and begins to read it. Answers its
   * address, for logs. Throws BelfryError as opening it does.
   */
  async listen(setting: SocketSetting, descriptor?: number): Promise<string> {
    const { log, ownThread, accept, lastRun, onWithdrawn, onFailure } = this.#parts;
    const { name } = setting;
    if (this.#running.has(name)) throw new BelfryError('SOCKET_IN_USE', `${name} is read already`);
    const passed = descriptor === undefined ? {} : { descriptor };
    const open = await openIntake(setting, { log, ownThread, ...(lastRun && { lastRun }), ...passed });
    const { intake } = open;
    const stop = new AbortController();
    const running = intake.run(accept, stop.signal).then(
      () => {
        if (!stop.signal.aborted) onWithdrawn(intake.address);
      },
      (thrown: unknown) => onFailure(messageOf(thrown)),
    );
    this.#running.set(name, { ...open, stop, running });
    return intake.address;
  }

  /** See `Engine.renew`. */
  renew(settings: readonly SocketSetting[]): void {
    renewTogether(settings.map((setting) => [this.#running.get(setting.name), setting]));
  }

  /** Whether a socket with this name is read. */
  has(name: string): boolean {
    return this.#running.has(name);
  }

  /** Stops reading a socket; resolves with what it counted when all that was read has been answered for. */
  async stop(name: string): Promise<IntakeCounts> {
    const one = this.#running.get(name);
    if (one === undefined) return { received: 0, truncated: 0, lost: 0 };
    this.#running.delete(name);
    one.stop.abort();
    await one.running;
    await one.intake.close();
    return one.intake.counts();
  }

  /** Stops all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.stop(name)));
  }
}
