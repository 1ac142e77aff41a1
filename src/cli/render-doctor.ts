/** What `belfry doctor` prints for people: a line for each finding, and below a warning or a fault what it means and what to do. */
import { printable } from '../base/printable.ts';
import type { Finding, NamedFinding, Verdict } from '../doctor/check.ts';
import { count } from './table.ts';

/** As they are printed. */
const words: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  warning: 'warning',
  fault: 'FAULT',
  unchecked: 'not checked',
};
const verdictWidth = Math.max(...Object.values(words).map(({ length }) => length)) + 2;
const checkWidth = 15;
const maxLength = 2000;

/** Lines that end in a newline, fit for a terminal whatever is quoted in them. */
export function renderFinding({ check, verdict, message, meaning, remedy, place }: NamedFinding): string {
  const head = `${words[verdict].padEnd(verdictWidth)}${check.padEnd(checkWidth)}`;
  const where = verdict === 'ok' || place === undefined ? '' : `${placeText(place, message)}: `;
  const lines = [`${head}${printable(where + message, maxLength)}`];
  const indent = ' '.repeat(verdictWidth + checkWidth);
  if (meaning !== undefined) lines.push(`${indent}Means: ${printable(meaning, maxLength)}.`);
  if (remedy !== undefined) lines.push(`${indent}Do:    ${printable(remedy, maxLength)}.`);
  return lines.map((line) => `${line}\n`).join('');
}

/** The option is not named twice. */
function placeText({ file, line, option }: NonNullable<Finding['place']>, message: string): string {
  const where = line === undefined ? file : `${file}:${line}`;
  return option === undefined || message.startsWith(option) ? where : `${where}: ${option}`;
}

/** The last line. */
export function renderVerdict(findings: readonly Finding[]): string {
  const number = (wanted: Verdict): number => findings.filter(({ verdict }) => verdict === wanted).length;
  const parts = [
    number('fault') === 0 ? 'No faults' : count(number('fault'), 'fault'),
    ...(number('warning') > 0 ? [count(number('warning'), 'warning')] : []),
    ...(number('unchecked') > 0 ? [`${number('unchecked')} not checked`] : []),
  ];
  return `\n${parts.join(', ')}.\n`;
}
