/** What the commands about the queue print for people: at most 100 columns. */
import type { AdminRow, AuditRow, EntryRow, ItemRow, NotifierRow } from '../admin/protocol.ts';
import { age, count, instant, shown, table, until } from './table.ts';

const nameWidth = 24;

export function renderStatus(rows: readonly NotifierRow[], now: number): string {
  const right = true;
  const columns = [
    { title: 'NOTIFIER' },
    ...['WAITING', 'DEFERRED', 'DEAD'].map((title) => ({ title, right }) as const),
    ...['OLDEST', 'NEXT TRY', 'RECEIVER'].map((title) => ({ title })),
  ];
  const body = table(
    columns,
    rows.map((row) => [
      shown(row.notifier, nameWidth),
      ...[row.waiting, row.deferred, row.dead].map(String),
      row.oldestAt === undefined ? '-' : age(now - row.oldestAt),
      row.nextAttemptAt === undefined ? '-' : until(row.nextAttemptAt, now),
      receiver(row, now),
    ]),
  );
  const damaged = rows
    .filter((row) => row.damaged > 0)
    .map(
      (row) => `${shown(row.notifier, nameWidth)}: ${row.damaged} could not be read any more, the spool is damaged\n`,
    );
  return body + damaged.join('');
}

function receiver({ breaker, pausedUntil, receiverPause, inFlight = 0 }: NotifierRow, now: number): string {
  const busy = inFlight === 0 ? '' : `, ${inFlight} under way`;
  if (receiverPause !== undefined) return `paused until ${instant(receiverPause.until)}${busy}`;
  switch (breaker) {
    case undefined:
      return 'the daemon does not run';
    case 'open':
      return `away, tried again ${until(pausedUntil ?? now, now)}`;
    case 'probing':
      return `away, being tried${busy}`;
    case 'closed':
      return `there${busy}`;
  }
}

export function renderAudit(rows: readonly AuditRow[]): string {
  const right = true;
  const numbers = ['received', 'delivered', 'filtered', 'waiting', 'deferred', 'dead', 'dropped', 'damaged'] as const;
  const columns = [
    { title: 'NOTIFIER' },
    ...numbers.map((name) => ({ title: name.toUpperCase(), right }) as const),
    { title: 'ADDS UP' },
  ];
  const body = table(
    columns,
    rows.map((row) => [
      shown(row.notifier, 12),
      ...numbers.map((name) => String(row[name])),
      row.difference === 0 ? 'yes' : row.difference > 0 ? `${row.difference} lost` : `${-row.difference} too many`,
    ]),
  );
  const faults = rows.flatMap(({ notifier, faults: found }) =>
    found.map((fault) => `${shown(notifier, nameWidth)}: ${fault}\n`),
  );
  const note = [
    'It adds up when received = delivered + filtered + waiting + deferred + dead + dropped + damaged.',
    'What was set aside is the dead of set-aside. What was replayed is received twice.',
    'What is damaged could not be read any more.',
  ];
  return `${body}${faults.join('')}${note.join('\n')}\n`;
}

/** Whether an audit finds everything in order. */
export function addsUp(row: AdminRow): boolean {
  return row.kind !== 'audit' || (row.difference === 0 && row.faults.length === 0);
}

/** Two lines: what it is, and how it stands. The widths are fixed, because nobody knows how many will come. */
export function renderItem(item: ItemRow, now: number): string {
  const { id, receivedAt, notifier, user, mailbox, attempts, reason } = item;
  const where = [user, mailbox].filter((text) => text !== '').join(' ');
  const columns = [
    id.padEnd(26),
    age(now - receivedAt).padEnd(7),
    shown(notifier, 12).padEnd(12),
    shown(item.event || item.class || '(unreadable)', 18).padEnd(18),
    shown(where, 29),
  ];
  const last = reason ?? attempts.at(-1)?.reason;
  return `${columns.join('  ').trimEnd()}\n    ${shown([state(item, now), ...(last === undefined ? [] : [last])].join(': '), 95)}\n`;
}

function state(
  { kind, attempts, dueAt = 0, diedAt }: Pick<ItemRow, 'kind' | 'attempts' | 'dueAt' | 'diedAt'>,
  now: number,
) {
  switch (kind) {
    case 'waiting':
      return 'waiting';
    case 'dead':
      return [
        `dead${diedAt === undefined ? '' : ` for ${age(now - diedAt)}`}`,
        // Unusable requests have none.
        ...(attempts.length === 0 ? [] : [count(attempts.length, 'attempt')]),
      ].join(', ');
    case 'deferred': {
      const next = dueAt === 0 ? 'in its turn' : until(dueAt, now);
      return `deferred, ${count(attempts.length, 'attempt')}, next ${next}`;
    }
  }
}

const maxTextLines = 40;

/** All there is to know of one entry. */
export function renderEntry(entry: EntryRow, now: number): string {
  const size = entry.truncatedFrom === undefined ? '' : ` of ${entry.truncatedFrom} that were sent`;
  const facts = [
    ['id', entry.id],
    ['received', `${instant(entry.receivedAt)}, ${age(now - entry.receivedAt)} ago`],
    ['class', entry.class],
    ['event', entry.event],
    ['user', entry.user],
    ['mailbox', entry.mailbox],
    ['size', `${entry.size} bytes${size}`],
  ] as const;
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(9)} ${shown(value, 90)}`);
  for (const { notifier, state: how, attempts, ...rest } of entry.notifiers) {
    const text =
      how === 'finished'
        ? 'nothing to do: delivered, filtered or dropped'
        : state({ kind: how, attempts, ...rest }, now);
    lines.push('', `${shown(notifier, nameWidth)}: ${text}`);
    if (rest.reason !== undefined) lines.push(`    ${shown(rest.reason, 96)}`);
    for (const attempt of attempts) {
      lines.push(`    ${instant(attempt.at)}  ${attempt.outcome.padEnd(8)}  ${attempt.durationMs} ms`);
      lines.push(`        ${shown(attempt.reason, 92)}`);
    }
  }
  return `${[...lines, '', ...requestLines(entry)].join('\n')}\n`;
}

/** The request in lines that fit; a NUL, which separates its fields, ends a line. */
function requestLines({ bytes, size }: EntryRow): readonly string[] {
  const raw = Buffer.from(bytes, 'base64');
  const lines = raw
    .toString('utf8')
    .split(/[\0\n]/)
    .flatMap((line) => line.match(/.{1,96}/gsu) ?? [''])
    .map((line) => `    ${shown(line, 96)}`.trimEnd());
  const cut = lines.length > maxTextLines || raw.length < size;
  return ['The request:', ...lines.slice(0, maxTextLines), ...(cut ? ['    …'] : [])];
}
