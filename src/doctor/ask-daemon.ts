/** The only place from which `belfry doctor` talks to the daemon: it asks, and changes nothing. */
import { askDaemon } from '../admin/control-client.ts';
import type { AdminRequest, AdminRow, NotifierRow, RecentRow } from '../admin/protocol.ts';
import { BelfryError } from '../base/error.ts';
import { settlesWithin } from '../base/settles-within.ts';
import type { Configuration } from '../config/configuration.ts';

/** How long the daemon may take to answer, in milliseconds. */
const answerMs = 5000;

/** How each notifier of the daemon stands; undefined when none runs. Throws BelfryError SOCKET_PERMISSION, SOCKET_IO. */
export async function notifiersOf({ controlSocket }: Configuration): Promise<readonly NotifierRow[] | undefined> {
  const rows = await rowsOf(controlSocket, { command: 'status' });
  return rows?.flatMap((row) => (row.kind === 'notifier' ? [row] : []));
}

/** The latest requests; undefined when no daemon runs. */
export async function latestRequests(
  { controlSocket }: Configuration,
  limit: number,
): Promise<readonly RecentRow[] | undefined> {
  const rows = await rowsOf(controlSocket, { command: 'recent', selection: {}, limit });
  return rows?.flatMap((row) => (row.kind === 'recent' ? [row] : []));
}

/** Throws BelfryError SOCKET_IO, too, when a daemon that hangs does not answer in time. */
async function rowsOf(path: string, request: AdminRequest): Promise<readonly AdminRow[] | undefined> {
  const rows = allRows(path, request);
  // What comes too late is for nobody.
  rows.catch(() => {});
  if (await settlesWithin(rows, answerMs)) return rows;
  throw new BelfryError('SOCKET_IO', `no answer on ${path} within ${answerMs / 1000} s`);
}

async function allRows(path: string, request: AdminRequest): Promise<readonly AdminRow[] | undefined> {
  const answers = await askDaemon(path, request);
  if (answers === undefined) return undefined;
  const rows: AdminRow[] = [];
  for await (const answer of answers) if ('row' in answer) rows.push(answer.row);
  return rows;
}
