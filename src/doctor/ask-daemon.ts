/** The only place from which `belfry doctor` talks to the daemon: it asks, and changes nothing. */
import { askDaemon } from '../admin/control-client.ts';
import type { AdminRequest, AdminRow, NotifierRow, RecentRow } from '../admin/protocol.ts';
import type { Configuration } from '../config/configuration.ts';

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

async function rowsOf(path: string, request: AdminRequest): Promise<readonly AdminRow[] | undefined> {
  const answers = await askDaemon(path, request);
  if (answers === undefined) return undefined;
  const rows: AdminRow[] = [];
  for await (const answer of answers) if ('row' in answer) rows.push(answer.row);
  return rows;
}
