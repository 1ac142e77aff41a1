/** Declares the intake of the stream of Cyrus: its setting and its options. */
import { defineIntake } from '../intake.ts';
import { dlistOptions } from './dlist-options.ts';

/** A stream socket on which Cyrus hears what became of each request. */
export interface DlistSetting extends DlistDefaults {
  /** As it is written in notifysocket: `dlist:/path`. */
  readonly name: string;
  readonly path: string;
  /** Permissions of the socket's file; a process that may write to it may send. */
  readonly mode: number;
  /** Name or number of the group of the socket's file. */
  readonly group?: string;
}

/** What is in force for every stream socket, those included that are passed to the process. */
export interface DlistDefaults {
  readonly transport: 'dlist';
  /** Bytes of one request. */
  readonly maxBytes: number;
  /** Bytes of long requests that are held at a time until they are kept; at least one may always be. */
  readonly maxHeldBytes: number;
  readonly maxConnections: number;
  /** For a request to arrive. */
  readonly requestTimeoutMs: number;
  /** Without a request, after which a connection is closed. */
  readonly idleTimeoutMs: number;
}

export const dlist = defineIntake<DlistSetting>({
  name: 'dlist',
  options: dlistOptions,
  thread: 'append',
  async open(setting, services) {
    const { openDlistIntake } = await import('./dlist-stream.ts');
    const intake = await openDlistIntake({ ...services, ...setting });
    return { intake, renew: (renewed) => () => intake.renew(renewed) };
  },
});
