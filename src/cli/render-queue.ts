/** What the commands about the queue print for people of all notifiers together. */
import type { AdminRow, AuditRow, NotifierRow } from '../admin/protocol.ts';
import { unusableConsumer } from '../admin/unusable-consumer.ts';
import { printable } from '../base/printable.ts';
import { age, instant, table, until } from './table.ts';

const everything = Number.POSITIVE_INFINITY;

/** What is there without being configured is shown only when it has something. */
export function isWorthShowing({ builtIn = false, waiting, deferred, dead }: NotifierRow): boolean {
  return !builtIn || waiting + deferred + dead > 0;
}

export function renderStatus(all: readonly NotifierRow[], now: number, width = everything): string {
  const rows = all.filter(isWorthShowing);
  const right = true;
  const columns = [
    { title: 'NOTIFIER' },
    ...['WAITING', 'DEFERRED', 'DEAD'].map((title) => ({ title, right }) as const),
    ...['OLDEST', 'NEXT TRY', 'RECEIVER'].map((title) => ({ title })),
  ];
  const body = table(
    columns,
    rows.map((row) => [
      printable(row.notifier),
      ...[row.waiting, row.deferred, row.dead].map(String),
      row.oldestAt === undefined ? '-' : age(now - row.oldestAt),
      row.nextAttemptAt === undefined ? '-' : until(row.nextAttemptAt, now),
      printable(receiver(row, now)),
    ]),
  );
  const damaged = rows
    .filter((row) => row.damaged > 0)
    .map((row) => `${printable(row.notifier)}: ${row.damaged} unreadable, because the spool file is corrupt\n`);
  const runs = rows.some(({ breaker }) => breaker !== undefined);
  return fitted(body, width) + damaged.join('') + (runs ? '' : 'The daemon is not running; read from its spool.\n');
}

function receiver(row: NotifierRow, now: number): string {
  const { notifier, breaker, pausedUntil, receiverPause, inProgress = 0, receiver: last } = row;
  if (notifier === unusableConsumer) return '-';
  const busy = inProgress === 0 ? '' : ` (${inProgress} in progress)`;
  if (receiverPause !== undefined) {
    const end = receiverPause.isEndless ? `belfry queue resume ${notifier}` : instant(receiverPause.until);
    return `paused until ${end}${busy}: ${receiverPause.reason}`;
  }
  const failing = last?.failing === undefined ? '' : `failing: ${last.failing}`;
  if (breaker === 'open') return `paused until ${instant(pausedUntil ?? now)}${failing && `, ${failing}`}`;
  if (failing !== '') return `${failing}${busy}`;
  return last === undefined ? `not tried yet${busy}` : `ok${busy}`;
}

function fitted(text: string, width: number): string {
  if (width === everything) return text;
  return text
    .split('\n')
    .map((line) => printable(line, width))
    .join('\n');
}

export function renderAudit(rows: readonly AuditRow[], width = everything): string {
  const right = true;
  // Few notifiers hold anything back.
  const some = rows.some(({ coalesced = 0 }) => coalesced > 0) ? (['coalesced'] as const) : [];
  const ended = ['delivered', 'filtered', ...some, 'waiting', 'deferred', 'dead', 'dropped', 'damaged'] as const;
  const numbers = ['received', ...ended] as const;
  const columns = [
    { title: 'NOTIFIER' },
    ...numbers.map((name) => ({ title: name.toUpperCase(), right }) as const),
    { title: 'ADDS UP' },
  ];
  const body = table(
    columns,
    rows.map((row) => [
      printable(row.notifier),
      ...numbers.map((name) => String(row[name] ?? 0)),
      row.difference === 0 ? 'yes' : row.difference > 0 ? `${row.difference} lost` : `${-row.difference} too many`,
    ]),
  );
  const faults = rows.flatMap(({ notifier, faults: found }) =>
    found.map((fault) => `${printable(notifier)}: ${printable(fault)}\n`),
  );
  const note = [
    `It adds up if received = ${ended.join(' + ')}.`,
    'The dead letters of "unusable" are requests that belfry could not parse or validate.',
    'Replayed entries count as received twice. DAMAGED: unreadable, because the spool file is corrupt.',
  ];
  return `${fitted(body, width)}${faults.join('')}${note.join('\n')}\n`;
}

/** Whether an audit finds everything in order. */
export function addsUp(row: AdminRow): boolean {
  return row.kind !== 'audit' || (row.difference === 0 && row.faults.length === 0);
}
