/**
 * The sockets and other intakes that are read: opened together or not at all, kept open by a reload wherever they stay, and
 * opened again when the file of a socket was removed under them, because no sender reaches a socket without its file.
 */
import { lstatSync } from 'node:fs';
import type { Logger } from 'pino';
import { messageOf } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';
import type { IntakeCounts, IntakeSetting } from '../intake/intake.ts';
import type { IntakeHost, Listening } from '../intake-host/intake-host.ts';
import type { InheritedSocket } from '../os/inherited-sockets.ts';
import { planSockets, type SocketsInConfiguration } from './socket-plan.ts';

/** What every intake is opened with; the file of a socket has a mode and a group. */
type Setting = IntakeSetting & {
  readonly path?: string | undefined;
  readonly mode?: number | undefined;
  readonly group?: string | undefined;
};

/** What is to be read; `descriptor` of a socket that was handed over. */
interface Planned {
  readonly setting: Setting;
  readonly descriptor?: number;
}

/** An intake that is read; `descriptor` as in {@link Planned}. */
interface Reading extends Listening<Setting> {
  readonly descriptor?: number;
  /** What the configuration says now, with which it is opened again. */
  readonly wanted: Setting;
  /** Which file its socket has, if it has one that we have made. */
  readonly file?: string;
}

interface Renewal {
  readonly planned: Planned;
  readonly kept: Reading;
}

/** How often the files of sockets are looked at, in milliseconds. */
const lookEveryMs = 1000;

export class Listeners {
  readonly #host: Pick<IntakeHost<Setting>, 'listen' | 'renew'>;
  readonly #inherited: readonly InheritedSocket[];
  readonly #log: Logger;
  readonly #lookEveryMs: number;
  #reading: readonly Reading[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Opening, reopening and stopping come one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Why a socket could not be opened again, by its name: said once. */
  readonly #refused = new Map<string, string>();

  constructor(
    host: Pick<IntakeHost<Setting>, 'listen' | 'renew'>,
    inherited: readonly InheritedSocket[],
    log: Logger,
    everyMs = lookEveryMs,
  ) {
    this.#host = host;
    this.#inherited = inherited;
    this.#log = log;
    this.#lookEveryMs = everyMs;
  }

  /** Where they listen; those that were handed over apart as well. */
  addresses(): { readonly sockets: readonly string[]; readonly handedOver?: readonly string[] } {
    const sockets = this.#reading.map(({ address }) => address);
    const handedOver = this.#reading.flatMap(({ descriptor, address }) => (descriptor === undefined ? [] : [address]));
    return { sockets, ...(handedOver.length > 0 ? { handedOver } : {}) };
  }

  /**
   * Opens what a configuration has and is not open yet, and those that stay take what of their settings can be changed:
   * all of it or nothing. What it answers stops those that are no longer wanted, which one that was handed over always is.
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
    try {
      for (const { planned, kept } of pairs) {
        const one = kept === undefined ? await this.#listen(planned) : { ...kept, wanted: planned.setting };
        if (kept === undefined) opened.push(one);
        next.push(one);
      }
      await this.#renew(pairs.flatMap(({ planned, kept }) => (kept === undefined ? [] : [{ planned, kept }])));
    } catch (thrown) {
      for (const one of opened) await one.stop();
      throw thrown;
    }
    const gone = this.#reading.filter((one) => !pairs.some(({ kept }) => kept === one));
    this.#reading = next;
    this.#timer ??= setInterval(() => void this.#inTurn(() => this.#reopen()), this.#lookEveryMs).unref();
    return async () => {
      for (const one of gone) await one.stop();
    };
  }

  /** Stops reading all of them; what each has counted. */
  stop(): Promise<readonly (IntakeCounts & { readonly address: string })[]> {
    clearInterval(this.#timer);
    return this.#inTurn(async () => {
      const counts = [];
      for (const one of this.#reading) counts.push({ address: one.address, ...(await one.stop()) });
      this.#reading = [];
      return counts;
    });
  }

  /** Opens those again whose file is no longer theirs. Never rejects: what cannot be opened is tried at the next look. */
  async #reopen(): Promise<void> {
    for (const lost of this.#reading) {
      const { setting, wanted, file } = lost;
      const found = fileOf(setting);
      if (file === undefined || found === undefined || file === found) continue;
      const fields = { socket: setting.name };
      try {
        const again = await this.#listen({ setting: wanted });
        this.#reading = this.#reading.map((one) => (one === lost ? again : one));
        this.#refused.delete(setting.name);
        this.#log.warn(fields, 'the file of this socket was removed while in use; opened the socket again');
        await lost.stop();
      } catch (thrown) {
        const reason = messageOf(thrown);
        if (this.#refused.get(setting.name) === reason) continue;
        this.#refused.set(setting.name, reason);
        this.#log.error(
          { ...fields, reason },
          'the file of this socket was removed or replaced while in use, and it cannot be opened again: no sender reaches belfry there',
        );
      }
    }
  }

  async #listen({ setting, descriptor }: Planned): Promise<Reading> {
    const listening = await this.#host.listen(setting, descriptor);
    const reading = { ...listening, wanted: setting };
    if (descriptor !== undefined) return { ...reading, descriptor };
    const file = fileOf(setting);
    return { ...reading, ...(file === undefined ? {} : { file }) };
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** All of them, or none. */
  async #renew(pairs: readonly Renewal[]): Promise<void> {
    const renewable = pairs.filter(({ planned, kept }) => kept.setting.transport === planned.setting.transport);
    await this.#host.renew(renewable.map(({ planned, kept }) => [kept, planned.setting] as const));
    for (const { planned, kept } of pairs) this.#warnOfTheRest(kept.setting, planned);
  }

  #warnOfTheRest({ transport, mode, group }: Setting, { setting, descriptor }: Planned): void {
    const fields = { socket: setting.name };
    if (transport !== setting.transport) {
      this.#log.warn(
        fields,
        `this socket is still read as ${transport}; it is read as ${setting.transport} after a restart`,
      );
    } else if (descriptor === undefined && (mode !== setting.mode || group !== setting.group)) {
      this.#log.warn(fields, 'the changed mode or group of this socket takes effect after a restart');
    }
  }
}

/**
 * What distinguishes the file of a socket from any other as long as that is open; `none` where there is no file, and
 * undefined where that cannot be seen, or is no file at all.
 */
function fileOf({ path }: Setting): string | undefined {
  if (path === undefined || path.startsWith('@')) return undefined;
  try {
    const { dev, ino } = lstatSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'none' : undefined;
  }
}

/** A socket that was handed over is the same whatever it is called. */
function isSame(one: Reading, { setting, descriptor }: Planned): boolean {
  return one.descriptor === descriptor && (descriptor !== undefined || one.setting.name === setting.name);
}
