/** What `belfry tail` prints: a line for a request, and one for each notifier with which it has changed since. */
import type { RecentRow } from '../admin/protocol.ts';
import { printable } from '../base/printable.ts';
import type { Style } from './style.ts';
import { count } from './table.ts';

type Standing = RecentRow['notifiers'][number];

/** Rows of which it is remembered how they stood. */
const remembered = 1000;

/** How the last rows stood when they were printed, by id and notifier. */
export interface LastSeen {
  get(id: string): ReadonlyMap<string, string> | undefined;
  set(row: RecentRow): void;
}

export function lastSeen(): LastSeen {
  const rows = new Map<string, ReadonlyMap<string, string>>();
  return {
    get: (id) => rows.get(id),
    set(row) {
      rows.delete(row.id);
      rows.set(row.id, new Map(row.notifiers.map((one) => [one.notifier, words(one)])));
      for (const oldest of rows.keys()) {
        if (rows.size <= remembered) break;
        rows.delete(oldest);
      }
    },
  };
}

export function renderEvent(row: RecentRow, seen: LastSeen, width: number, style: Style): string {
  seen.set(row);
  const what = printable(row.event || row.class || '(unreadable)', 40);
  const about = [row.user, row.mailbox].filter((text) => text !== '').map((text) => printable(text, 80));
  const head = `${timeOf(row.receivedAt)}  ${what.padEnd(18)}  ${about.join(' ')}`;
  const standings = row.notifiers.map((one) => coloured(one, style, 60)).join(', ');
  return `${printable(head, width)}${standings === '' ? '' : `  ${standings}`}\n`;
}

/** Only what has changed; nothing where the row was not printed or nothing has. */
export function renderUpdate(row: RecentRow, seen: LastSeen, width: number, style: Style): string {
  const before = seen.get(row.id);
  if (before === undefined) return '';
  seen.set(row);
  const changed = row.notifiers.filter((one) => before.get(one.notifier) !== words(one));
  if (changed.length === 0) return '';
  const subject = printable([row.event || row.class, row.user].filter((text) => text !== '').join(' '), 60);
  const room = Number.isFinite(width) ? Math.max(40, width - subject.length - 20) : 2000;
  return changed.map((one) => `${' '.repeat(10)}└ ${style('dim', subject)}: ${coloured(one, style, room)}\n`).join('');
}

const colours: Readonly<Record<Standing['state'], Parameters<Style>[0]>> = {
  ...{ delivered: 'green', waiting: 'gray', deferred: 'yellow', dead: 'red', filtered: 'gray' },
  ...{ coalesced: 'gray', dropped: 'gray', finished: 'gray' },
};

function coloured(one: Standing, style: Style, room: number): string {
  return `${printable(one.notifier)} ${style(colours[one.state], printable(words(one), room))}`;
}

function words({ state, attempts, reason, heldBy, outcome }: Standing): string {
  const last = reason ?? attempts.at(-1)?.reason;
  switch (state) {
    case 'delivered':
      return (outcome?.attempts ?? 1) > 1 ? `delivered after ${count(outcome?.attempts ?? 1, 'attempt')}` : 'delivered';
    case 'filtered':
      return `filtered by ${outcome?.option ?? 'an option'}`;
    case 'deferred':
      if (heldBy !== undefined) return `held back by ${heldBy}`;
      return `deferred after ${count(attempts.length, 'attempt')}${last === undefined ? '' : `: ${last}`}`;
    case 'dead':
      return last === undefined ? 'dead' : `dead: ${last}`;
    default:
      return state;
  }
}

/** `10:16:41.120`, of the machine. */
function timeOf(at: number): string {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(11, 23);
}
