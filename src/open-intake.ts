/** Opens the intake that a setting asks for, in whichever thread it is to run. */
import type { Logger } from 'pino';
import type { SocketSetting } from './config/configuration.ts';
import { openDatagramIntake } from './intake/datagram.ts';
import { openDlistIntake } from './intake/dlist/dlist-stream.ts';
import { openHttpIntake } from './intake/http/http-intake.ts';
import type { Intake } from './intake/intake.ts';

export interface OpenIntakeParts {
  readonly log: Logger;
  /** Whether intakes have a thread for themselves. */
  readonly ownThread: boolean;
  /** A socket that was handed over to the process, to be used instead of opening one. */
  readonly descriptor?: number;
}

export interface OpenIntake {
  readonly intake: Intake;
  /**
   * Takes what of a setting with the same name can be changed while the socket is open, and reads its files again. Throws
   * BelfryError when it cannot be used, and then goes on with what it had.
   */
  renew(setting: SocketSetting): Promise<void>;
}

/** Throws BelfryError as opening the socket does. */
export async function openIntake(setting: SocketSetting, parts: OpenIntakeParts): Promise<OpenIntake> {
  if (setting.transport === 'http') {
    const intake = await openHttpIntake({ ...parts, ...setting });
    return {
      intake,
      async renew(renewed) {
        if (renewed.transport === 'http') intake.renew(renewed);
      },
    };
  }
  if (setting.transport === 'dlist') {
    const intake = await openDlistIntake({ ...parts, ...setting });
    return {
      intake,
      async renew(renewed) {
        if (renewed.transport === 'dlist') intake.renew(renewed);
      },
    };
  }
  const { path, mode, group } = setting;
  const intake = openDatagramIntake({ ...parts, address: path, mode, ...(group === undefined ? {} : { group }) });
  return { intake, renew: async () => {} };
}
