/** What a running daemon says of its notifiers, asked over its control socket: a process for each question would be slow. */
import { askDaemon } from '../../src/admin/control-client.ts';
import type { NotifierRow } from '../../src/admin/protocol.ts';
import { until } from '../support/until.ts';

/** By name. Throws when no daemon answers. */
export async function notifierRows(control: string): Promise<ReadonlyMap<string, NotifierRow>> {
  const answers = await askDaemon(control, { command: 'status' });
  if (answers === undefined) throw new Error(`nobody is at ${control}`);
  const rows = new Map<string, NotifierRow>();
  for await (const answer of answers) {
    if ('row' in answer && answer.row.kind === 'notifier') rows.set(answer.row.notifier, answer.row);
  }
  return rows;
}

/** Whether it has nothing to do. */
export function isDrained({ waiting, deferred }: NotifierRow): boolean {
  return waiting + deferred === 0;
}

/** Resolves when no notifier has anything to do. */
export async function untilDrained(control: string, deadlineMs: number): Promise<void> {
  let rows: readonly NotifierRow[] = [];
  await until(
    'every notifier to have nothing to do',
    async () => {
      rows = [...(await notifierRows(control)).values()];
      return rows.length > 0 && rows.every(isDrained);
    },
    { deadlineMs, seen: () => JSON.stringify(rows) },
  );
}
