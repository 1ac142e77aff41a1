/**
 * The sockets and other intakes that are read: opened together or not at all, kept open by a reload wherever they stay, and
 * opened again when the file of a socket was removed under them, because no sender reaches a socket without its file.
 */
import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.ts';
import type { IntakeCounts, IntakeSetting } from '../intake/intake.ts';
import type { IntakeHost, Listening } from '../intake-host/intake-host.ts';
import type { FileWatch } from '../os/file-watch.ts';
import type { InheritedSocket } from '../os/inherited-sockets.ts';
import { planSockets, type SocketsInConfiguration } from './socket-plan.ts';
import { watchSocket } from './socket-watch.ts';

/** What every intake is opened with; the file of a socket has a mode and a group. */
type Setting = IntakeSetting & {
  readonly path?: string | undefined;
  readonly mode?: number | undefined;
  readonly group?: string | undefined;
};

/** What is to be read; `descriptor` of an inherited socket. */
interface Planned {
  readonly setting: Setting;
  readonly descriptor?: number;
}

/** An intake that is read. */
interface Reading {
  listening: Listening<Setting>;
  /** What the configuration says now, with which it is opened again. */
  wanted: Planned;
  /** Of the file that we have made for its socket. */
  watch?: FileWatch | undefined;
}

interface Renewal {
  readonly planned: Planned;
  readonly kept: Reading;
}

export class Listeners {
  readonly #host: Pick<IntakeHost<Setting>, 'listen' | 'renew'>;
  readonly #inherited: readonly InheritedSocket[];
  readonly #log: Logger;
  readonly #lookEveryMs: number | undefined;
  #reading: readonly Reading[] = [];
  /** Opening, reopening and stopping come one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `lookEveryMs`: how often the files of sockets are looked at. */
  constructor(
    host: Pick<IntakeHost<Setting>, 'listen' | 'renew'>,
    inherited: readonly InheritedSocket[],
    log: Logger,
    lookEveryMs?: number,
  ) {
    this.#host = host;
    this.#inherited = inherited;
    this.#log = log;
    this.#lookEveryMs = lookEveryMs;
  }

  /** Where they listen; the inherited ones separately as well. */
  addresses(): { readonly sockets: readonly string[]; readonly inherited?: readonly string[] } {
    const addressesOf = (readings: readonly Reading[]) => readings.map(({ listening }) => listening.address);
    const inherited = addressesOf(this.#reading.filter(({ wanted }) => wanted.descriptor !== undefined));
    return { sockets: addressesOf(this.#reading), ...(inherited.length > 0 ? { inherited } : {}) };
  }

  /** Sockets whose file is not there at this moment, so that no sender reaches them; with the reason. */
  lost(): readonly { readonly socket: string; readonly reason: string }[] {
    return this.#reading.flatMap(({ watch, listening }) =>
      watch?.absence === undefined ? [] : [{ socket: listening.setting.name, reason: watch.absence }],
    );
  }

  /**
   * Opens what a configuration has and is not open yet, and those that stay take what of their settings can be changed:
   * all of it or nothing. What it answers stops those that are no longer wanted, which an inherited one always is.
   * Throws BelfryError as `planSockets`, opening and renewing do.
   */
  open(configuration: SocketsInConfiguration & Pick<Configuration, 'otherIntakes'>): Promise<() => Promise<void>> {
    return this.#inTurn(() => this.#open(configuration));
  }

  async #open(
    configuration: SocketsInConfiguration & Pick<Configuration, 'otherIntakes'>,
  ): Promise<() => Promise<void>> {
    const others = configuration.otherIntakes.map((setting): Planned => ({ setting }));
    const plan: readonly Planned[] = [...planSockets(configuration, this.#inherited), ...others];
    const pairs = plan.map((planned) => ({ planned, kept: this.#reading.find((one) => isSame(one, planned)) }));
    const opened: Reading[] = [];
    const next: Reading[] = [];
    const renewals = pairs.flatMap(({ planned, kept }) => (kept === undefined ? [] : [{ planned, kept }]));
    try {
      for (const { planned, kept } of pairs) {
        const one = kept ?? (await this.#listen(planned));
        if (kept === undefined) opened.push(one);
        next.push(one);
      }
      await this.#renew(renewals);
    } catch (thrown) {
      for (const one of opened) await stopOne(one);
      throw thrown;
    }
    for (const { planned, kept } of renewals) kept.wanted = planned;
    const gone = this.#reading.filter((one) => !pairs.some(({ kept }) => kept === one));
    this.#reading = next;
    return async () => {
      for (const one of gone) await stopOne(one);
    };
  }

  /** Stops reading all of them; what each has counted. */
  stop(): Promise<readonly (IntakeCounts & { readonly address: string })[]> {
    return this.#inTurn(async () => {
      const counts = [];
      for (const one of this.#reading) counts.push({ address: one.listening.address, ...(await stopOne(one)) });
      this.#reading = [];
      return counts;
    });
  }

  async #listen(planned: Planned): Promise<Reading> {
    const { setting, descriptor } = planned;
    const reading: Reading = { listening: await this.#host.listen(setting, descriptor), wanted: planned };
    if (descriptor !== undefined) return reading;
    const reopen = (): Promise<boolean> => this.#inTurn(() => this.#reopen(reading));
    reading.watch = watchSocket(setting.path, { socket: setting.name }, this.#log, reopen, this.#lookEveryMs);
    return reading;
  }

  /** Opens one again whose file is no longer its own. */
  async #reopen(reading: Reading): Promise<boolean> {
    if (!this.#reading.includes(reading)) return false;
    const lost = reading.listening;
    reading.listening = await this.#host.listen(reading.wanted.setting);
    await lost.stop();
    return true;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** All of them, or none. */
  async #renew(pairs: readonly Renewal[]): Promise<void> {
    const open = pairs.map(({ planned, kept }) => [kept.listening, planned.setting] as const);
    await this.#host.renew(open.filter(([{ setting }, { transport }]) => setting.transport === transport));
    for (const { planned, kept } of pairs) this.#warnOfTheRest(kept.listening.setting, planned);
  }

  #warnOfTheRest({ transport, mode, group }: Setting, { setting, descriptor }: Planned): void {
    const fields = { socket: setting.name };
    if (transport !== setting.transport) {
      this.#log.warn(fields, `this socket changes from ${transport} to ${setting.transport} only after a restart`);
    } else if (descriptor === undefined && (mode !== setting.mode || group !== setting.group)) {
      this.#log.warn(fields, 'the changed mode or group of this socket takes effect after a restart');
    }
  }
}

function stopOne({ watch, listening }: Reading): Promise<IntakeCounts> {
  watch?.close();
  return listening.stop();
}

/** An inherited socket is the same whatever it is called. */
function isSame({ wanted }: Reading, { setting, descriptor }: Planned): boolean {
  return wanted.descriptor === descriptor && (descriptor !== undefined || wanted.setting.name === setting.name);
}
