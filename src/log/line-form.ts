/** The forms that a line of the daemon's log can have: JSON for programs, JSON with its priority for the journal, text for a terminal. */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { ifPossible } from '../base/error.ts';
import { escapedJson } from '../base/printable.ts';
import { readableLine } from './readable-line.ts';

export interface LineForm {
  /** Whether a person reads it as it is. */
  readonly isText: boolean;
  /** Makes what is written of one line or several, each a JSON object or any other text, with its newline. */
  shape(lines: string): string;
}

/** Priorities of syslog(3), which journald takes off the beginning of a line (sd-daemon(3), SyslogLevelPrefix=). */
const priorities: Readonly<Record<string, number>> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 };

function priorityOf(line: string): number {
  // The level is the first field of all lines, and one of six words.
  const level = /^\{"level":"([a-z]{4,5})"/.exec(line.slice(0, 20))?.[1] ?? '';
  return priorities[level] ?? 6;
}

const eachLine = (lines: string, shape: (line: string) => string): string =>
  lines
    .split('\n')
    .map((line, index, all) => (line === '' && index === all.length - 1 ? '' : shape(line)))
    .join('\n');

export const jsonForm: LineForm = { isText: false, shape: escapedJson };

export const journalForm: LineForm = {
  isText: false,
  shape: (lines) => eachLine(escapedJson(lines), (line) => `<${priorityOf(line)}>${line}`),
};

export function textForm(colour: boolean): LineForm {
  return { isText: true, shape: (lines) => eachLine(lines, (line) => readableLine(line, colour)) };
}

/**
 * The form for a descriptor: what is `wanted`, else text where it is a terminal and JSON where it is none. Where the
 * journal reads it, which JOURNAL_STREAM says (systemd.exec(5)), lines are JSON with their priority in any case.
 */
export function formFor(
  descriptor: number,
  wanted: 'json' | 'text' | undefined,
  environment: NodeJS.ProcessEnv,
): LineForm {
  if (isJournal(descriptor, environment['JOURNAL_STREAM'])) return journalForm;
  const isTerminal = isatty(descriptor);
  if (wanted === 'json' || (wanted === undefined && !isTerminal)) return jsonForm;
  const plain = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return textForm(isTerminal && !plain);
}

/** Whether the descriptor is the one that systemd has connected with the journal: `device:inode`, both decimal. */
function isJournal(descriptor: number, stream: string | undefined): boolean {
  if (stream === undefined) return false;
  const found = ifPossible(() => fstatSync(descriptor, { bigint: true }));
  return found !== undefined && stream === `${found.dev}:${found.ino}`;
}
