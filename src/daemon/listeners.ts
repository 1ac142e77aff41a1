/** The sockets and other intakes that are read: opened together or not at all, and kept open by a reload wherever they stay. */
import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.ts';
import type { IntakeCounts, IntakeSetting } from '../intake/intake.ts';
import type { IntakeHost, Listening } from '../intake-host/intake-host.ts';
import type { InheritedSocket } from '../os/inherited-sockets.ts';
import { planSockets, type SocketsInConfiguration } from './socket-plan.ts';

/** What every intake is opened with; the file of a socket has a mode and a group. */
type Setting = IntakeSetting & { readonly mode?: number | undefined; readonly group?: string | undefined };

/** What is to be read; `descriptor` of a socket that was handed over. */
interface Planned {
  readonly setting: Setting;
  readonly descriptor?: number;
}

/** An intake that is read; `descriptor` as in {@link Planned}. */
interface Reading extends Listening<Setting> {
  readonly descriptor?: number;
}

interface Renewal {
  readonly planned: Planned;
  readonly kept: Reading;
}

export class Listeners {
  readonly #host: Pick<IntakeHost<Setting>, 'listen' | 'renew'>;
  readonly #inherited: readonly InheritedSocket[];
  readonly #log: Logger;
  #reading: readonly Reading[] = [];

  constructor(host: Pick<IntakeHost<Setting>, 'listen' | 'renew'>, inherited: readonly InheritedSocket[], log: Logger) {
    this.#host = host;
    this.#inherited = inherited;
    this.#log = log;
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
  async open(
    configuration: SocketsInConfiguration & Pick<Configuration, 'otherIntakes'>,
  ): Promise<() => Promise<void>> {
    const others = configuration.otherIntakes.map((setting): Planned => ({ setting }));
    const plan: readonly Planned[] = [...planSockets(configuration, this.#inherited), ...others];
    const pairs = plan.map((planned) => ({ planned, kept: this.#reading.find((one) => isSame(one, planned)) }));
    const opened: Reading[] = [];
    const next: Reading[] = [];
    try {
      for (const { planned, kept } of pairs) {
        const one = kept ?? (await this.#listen(planned));
        if (kept === undefined) opened.push(one);
        next.push(one);
      }
      await this.#renew(pairs.flatMap(({ planned, kept }) => (kept === undefined ? [] : [{ planned, kept }])));
    } catch (thrown) {
      for (const one of opened) await one.stop();
      throw thrown;
    }
    const gone = this.#reading.filter((one) => !next.includes(one));
    this.#reading = next;
    return async () => {
      for (const one of gone) await one.stop();
    };
  }

  /** Stops reading all of them; what each has counted. */
  async stop(): Promise<readonly (IntakeCounts & { readonly address: string })[]> {
    const counts = [];
    for (const one of this.#reading) counts.push({ address: one.address, ...(await one.stop()) });
    this.#reading = [];
    return counts;
  }

  async #listen({ setting, descriptor }: Planned): Promise<Reading> {
    const listening = await this.#host.listen(setting, descriptor);
    return { ...listening, ...(descriptor === undefined ? {} : { descriptor }) };
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

/** A socket that was handed over is the same whatever it is called. */
function isSame(one: Reading, { setting, descriptor }: Planned): boolean {
  return one.descriptor === descriptor && (descriptor !== undefined || one.setting.name === setting.name);
}
