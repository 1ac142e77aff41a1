/** The parts of a running daemon that others work with. A reload exchanges some of them, so they are asked for each time. */
import type { Logger } from 'pino';
import type { AdminContext } from '../admin/context.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { Spool } from '../spool/spool.ts';
import { adminContext } from './admin-context.ts';
import type { Generation } from './generation.ts';

export interface DaemonParts {
  readonly log: Logger;
  readonly spool: Spool;
  generation(): Generation;
  dispatch(): Dispatch;
}

/** What the commands of an administrator work with. */
export function toolsOf({ spool, generation, dispatch }: Omit<DaemonParts, 'log'>): AdminContext {
  return adminContext({
    spool,
    configuration: () => generation().configuration,
    examiner: () => generation().examiner,
    route: (notifier, entry) =>
      generation()
        .recipients.find(({ name }) => name === notifier)
        ?.route(entry),
    standings: () => dispatch().states(),
    pause: (notifier, act) => dispatch().pause(notifier, act),
  });
}
