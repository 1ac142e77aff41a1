/** Declares the intake of the stream of Cyrus: its setting and its options. */
import { longestRequestBytes } from '../../base/limits.ts';
import { duration, integer, size } from '../../option/types.ts';
import type { SocketFile } from '../../os/socket-file.ts';
import { defineIntake } from '../intake.ts';

/** A stream socket on which Cyrus hears what became of each request. */
export interface DlistSetting extends DlistDefaults, SocketFile {
  /** As it is written in notifysocket: `dlist:/path`. */
  readonly name: string;
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

/** What dlist_max_size is when it is not set and the spool is large enough. In bytes. */
export const defaultDlistMaxBytes = longestRequestBytes;

export const dlistOptions = {
  dlist_max_size: size(
    {
      description:
        'The longest request on a stream socket (`notifysocket: dlist:…`). belfry answers NO to a longer one. The limit is a quarter of spool_max_size less 1K, because dead letters have no more space, and never more than 64M, because a notifier may need a JavaScript string six times as long.',
      absent: '64M, or a quarter of spool_max_size less 1K if that is smaller',
      example: '16M',
    },
    { min: 64 * 1024, max: longestRequestBytes },
  ),
  dlist_max_held: size(
    {
      description:
        'How many bytes of long requests (over 64K) each stream socket keeps in memory until they are in the spool; further ones wait. One request of dlist_max_size is always allowed.',
      default: '256M',
    },
    { min: 64 * 1024 },
  ),
  dlist_request_timeout: duration(
    {
      description:
        'The longest time for a request on a stream socket, from its first byte to its last. Then belfry answers NO.',
      default: '30s',
    },
    { min: 1000, max: 3_600_000 },
  ),
  dlist_idle_timeout: duration(
    {
      description:
        'How long a connection of a stream may be idle. Cyrus opens a new one for each request, and closes it.',
      default: '60s',
    },
    { min: 1000, max: 3_600_000 },
  ),
  dlist_max_connections: integer(
    {
      description:
        'The connection limit of each stream socket. When it is reached, belfry closes an idle connection for each new one; if none is idle, it answers NO to the new one.',
      default: '1024',
    },
    { min: 1, max: 16_384 },
  ),
};

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
