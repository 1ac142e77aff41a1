/** What the commands print for people of single entries: a line in a list, or all there is to know of one. */
import type { EntryRow, ItemRow, RecentRow } from '../admin/protocol.ts';
import { printable } from '../base/printable.ts';
import { age, count, instant, until } from './table.ts';

const everything = Number.POSITIVE_INFINITY;

/** Two lines: what it is, and how it stands. The widths are fixed, because nobody knows how many will come. */
export function renderItem(item: ItemRow, now: number, width = everything): string {
  return `${subjectLine(item, now, width, item.notifier)}\n    ${printable(standingOf(item, now), width - 5)}\n`;
}

/** A line for what it is, and one for each notifier. */
export function renderRecent(row: RecentRow, now: number, width = everything): string {
  const lines = row.notifiers.map(
    ({ notifier, ...standing }) => `    ${printable(`${notifier}: ${standingOf(standing, now)}`, width - 4)}\n`,
  );
  return `${subjectLine(row, now, width)}\n${lines.join('')}`;
}

function subjectLine(
  row: Omit<RecentRow, 'kind' | 'notifiers'>,
  now: number,
  width: number,
  notifier?: string,
): string {
  const { id, receivedAt, user, mailbox } = row;
  const narrow = width < everything;
  const columns = [
    id.padEnd(26),
    age(now - receivedAt).padEnd(7),
    ...(notifier === undefined ? [] : [printable(notifier, narrow ? 12 : everything).padEnd(12)]),
    printable(row.event || row.class || '(unreadable)', narrow ? 18 : everything).padEnd(18),
    printable([user, mailbox].filter((text) => text !== '').join(' ')),
  ];
  return printable(columns.join('  ').trimEnd(), width);
}

type Standing = Pick<
  EntryRow['notifiers'][number],
  'state' | 'attempts' | 'reason' | 'dueAt' | 'heldBy' | 'standsFor' | 'diedAt' | 'outcome'
>;

/** With the reason of the last failure. */
function standingOf(standing: Standing | ItemRow, now: number): string {
  const last = standing.reason ?? standing.attempts.at(-1)?.reason;
  return last === undefined ? stateOf(standing, now) : `${stateOf(standing, now)}: ${last}`;
}

function stateOf(standing: Standing | ItemRow, now: number): string {
  const { attempts, dueAt = 0, diedAt, heldBy, standsFor } = standing;
  const state = 'kind' in standing ? standing.kind : standing.state;
  const outcome = 'outcome' in standing ? standing.outcome : undefined;
  switch (state) {
    case 'waiting':
      return 'waiting';
    case 'dead':
      return [
        `dead${diedAt === undefined ? '' : ` for ${age(now - diedAt)}`}`,
        // Unusable requests have none.
        ...(attempts.length === 0 ? [] : [count(attempts.length, 'attempt')]),
      ].join(', ');
    case 'deferred': {
      const next = dueAt === 0 ? 'after earlier ones of its mailbox' : until(dueAt, now);
      const more = standsFor === undefined ? '' : `, stands for ${standsFor}`;
      if (heldBy !== undefined) return `held back by ${heldBy}, ${next}${more}`;
      return `deferred, ${count(attempts.length, 'attempt')}, next ${next}${more}`;
    }
    case 'finished':
      return 'finished; the outcome is not recorded';
    default:
      return outcome === undefined ? state : outcomeInWords(state, outcome);
  }
}

type Outcome = NonNullable<Standing['outcome']>;

function outcomeInWords(state: string, { at, attempts = 1, option = '', detail }: Outcome): string {
  const said = detail === undefined || detail === '' ? '' : detail;
  if (state === 'filtered') return `filtered by ${option}${said && `: ${said}`}`;
  if (state === 'coalesced') return `coalesced into ${said} at ${instant(at)}`;
  if (state === 'dropped') return `${said || 'dropped'} at ${instant(at)}`;
  return `delivered at ${instant(at)}, ${count(attempts, 'attempt')}${said && `, answer: ${said}`}`;
}

const maxTextLines = 40;

/** All there is to know of one entry. */
export function renderEntry(entry: EntryRow, now: number, width = everything): string {
  const size = entry.truncatedFrom === undefined ? '' : ` of ${entry.truncatedFrom} sent`;
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
    .map(([name, value]) => `${name.padEnd(9)} ${printable(value, width - 10)}`);
  for (const { notifier, ...standing } of entry.notifiers) {
    lines.push('', printable(`${notifier}: ${stateOf(standing, now)}`, width));
    if (standing.reason !== undefined) lines.push(`    ${printable(standing.reason, width - 4)}`);
    for (const attempt of standing.attempts) {
      lines.push(`    ${instant(attempt.at)}  ${attempt.outcome.padEnd(8)}  ${attempt.durationMs} ms`);
      lines.push(`        ${printable(attempt.reason, width - 8)}`);
    }
  }
  return `${[...lines, '', ...requestLines(entry, width)].join('\n')}\n`;
}

/** The request, on a terminal in lines that fit and not all of them; a NUL, which separates its fields, ends a line. */
function requestLines({ bytes, size }: EntryRow, width: number): readonly string[] {
  const raw = Buffer.from(bytes, 'base64');
  const written = raw
    .toString('utf8')
    .split(/[\0\n]/)
    .map((line) => printable(line));
  const lines = (width < everything ? written.flatMap((line) => wrapped(line, width - 4)) : written).map((line) =>
    `    ${line}`.trimEnd(),
  );
  const most = width < everything ? maxTextLines : everything;
  const missing = raw.length < size ? [`    … and ${size - raw.length} more bytes`] : [];
  return ['The request:', ...lines.slice(0, most), ...(lines.length > most ? ['    …'] : missing)];
}

function wrapped(line: string, width: number): readonly string[] {
  const characters = [...line];
  const lines: string[] = [];
  for (let at = 0; at < characters.length; at += width) lines.push(characters.slice(at, at + width).join(''));
  return lines.length > 0 ? lines : [''];
}
