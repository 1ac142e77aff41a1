/** Opens the intake that a setting asks for, in whichever thread it is to run. */
import type { Logger } from 'pino';
import type { SocketSetting } from '../config/configuration.ts';
import { openDatagramIntake } from '../intake/datagram.ts';
import { openDlistIntake } from '../intake/dlist/dlist-stream.ts';
import { openHttpIntake } from '../intake/http/http-intake.ts';
import type { Intake } from '../intake/intake.ts';

export interface OpenIntakeParts {
  readonly log: Logger;
  /** Whether intakes have a thread for themselves. */
  readonly ownThread: boolean;
  /** A socket that was handed over to the process, to be used instead of opening one. */
  readonly descriptor?: number;
  /** See `DatagramIntakeOptions`. */
  readonly lastRun?: (socket: string) => Uint8Array | undefined;
}

export interface OpenIntake {
  readonly intake: Intake;
  /**
   * Reads the files of a setting with the same name; what it answers puts in force what can be changed while the socket is
   * open, and cannot fail. Throws BelfryError when the setting cannot be used.
   */
  renew(setting: SocketSetting): () => void;
}

/** Renews all of them, or none: throws BelfryError when one of the settings cannot be used. */
export function renewTogether(renewals: readonly (readonly [OpenIntake | undefined, SocketSetting])[]): void {
  const takes = renewals.map(([open, setting]) => open?.renew(setting));
  for (const take of takes) take?.();
}

const nothing = (): void => {};

/** Throws BelfryError as opening the socket does. */
export async function openIntake(setting: SocketSetting, parts: OpenIntakeParts): Promise<OpenIntake> {
  if (setting.transport === 'http') {
    const intake = await openHttpIntake({ ...parts, ...setting });
    return {
      intake,
      renew: (renewed) => (renewed.transport === 'http' ? intake.renew(renewed) : nothing),
    };
  }
  if (setting.transport === 'dlist') {
    const intake = await openDlistIntake({ ...parts, ...setting });
    return {
      intake,
      renew: (renewed) => () => {
        if (renewed.transport === 'dlist') intake.renew(renewed);
      },
    };
  }
  const { path, mode, group, storeFirst = false } = setting;
  const intake = openDatagramIntake({
    ...{ ...parts, address: path, mode, storeFirst },
    ...(group === undefined ? {} : { group }),
  });
  return {
    intake,
    renew: (renewed) => () => {
      if (renewed.transport === 'datagram') intake.renew(renewed.storeFirst ?? false);
    },
  };
}
