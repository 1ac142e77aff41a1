/** The options of the stream intake (`notifysocket: dlist:/path`). */
import { duration, integer, size } from '../../option/kinds.ts';
import { longestRequestBytes } from '../longest-request.ts';

/** What dlist_max_size is when it is not set and the spool is large enough. In bytes. */
export const defaultDlistMaxBytes = longestRequestBytes;

export const dlistOptions = {
  dlist_max_size: size(
    {
      description:
        'The longest request over a stream (`notifysocket: dlist:…`). A longer one is answered NO. It must fit into a quarter of spool_max_size, with 1K to spare, because dead letters have no more. 64M is the most: what notifiers make of a request may be six times as long, and must fit into a string.',
      absent: '64M, or what fits into a quarter of spool_max_size where that is less',
      example: '16M',
    },
    { min: 64 * 1024, max: longestRequestBytes },
  ),
  dlist_max_held: size(
    {
      description:
        'How many bytes of long requests (over 64K) each stream socket holds at a time, until they are in the spool; others wait for their turn. One of dlist_max_size may always be held.',
      default: '256M',
    },
    { min: 64 * 1024 },
  ),
  dlist_request_timeout: duration(
    {
      description: 'How long a request over a stream may take from its first byte to its last. Then it is answered NO.',
      default: '30s',
    },
    { min: 1000, max: 3_600_000 },
  ),
  dlist_idle_timeout: duration(
    {
      description:
        'How long a connection of a stream may be without a request. Cyrus makes a new one for each, and closes it.',
      default: '60s',
    },
    { min: 1000, max: 3_600_000 },
  ),
  dlist_max_connections: integer(
    {
      description:
        'How many connections there may be at a time on each stream socket. Beyond it, one that is idle is closed to make room, and where there is none the new one is answered NO.',
      default: '1024',
    },
    { min: 1, max: 16_384 },
  ),
};
