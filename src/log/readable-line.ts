/** A line of the log as a person reads it on a terminal: time, level, message, then the fields. */
import { ifPossible } from '../base/error.ts';
import { printable } from '../base/printable.ts';

/** Of a terminal that shows colours (ECMA-48, SGR). */
const styles: Readonly<Record<string, string>> = {
  ...{ trace: '2', debug: '2', info: '36', warn: '33', error: '31', fatal: '1;31' },
  quiet: '2',
};
const levelWidth = 5;

/** `line` is JSON as the log has it, or any other text; without the newline. Nothing of it can steer a terminal. */
export function readableLine(line: string, colour: boolean): string {
  const fields = fieldsOf(line);
  if (fields === undefined) return printable(line);
  const { level, time, msg, ...rest } = fields;
  const styled = (style: string, text: string): string =>
    colour ? `\u001b[${styles[style] ?? '0'}m${printable(text)}\u001b[0m` : printable(text);
  const word = typeof level === 'string' ? level : 'info';
  const head = [
    styled('quiet', timeOfDay(time)),
    styled(word, word.toUpperCase().padEnd(levelWidth)),
    printable(typeof msg === 'string' ? msg : ''),
  ];
  const values = Object.entries(rest).map(
    ([name, value]) => `${styled('quiet', `${name}=`)}${printable(shown(value))}`,
  );
  return [...head, ...values].join(' ');
}

function fieldsOf(line: string): Readonly<Record<string, unknown>> | undefined {
  const value: unknown = line.startsWith('{') ? ifPossible(() => JSON.parse(line)) : undefined;
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

/** Of the clock on the wall, with milliseconds: `10:28:53.345`. */
function timeOfDay(time: unknown): string {
  const at = new Date(typeof time === 'string' ? time : Number.NaN);
  if (Number.isNaN(at.getTime())) return '--:--:--.---';
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** A value without quotes where it is one plain word. */
function shown(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"'=[\]{}]+$/.test(value)) return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return shown(value.join(' '));
  return JSON.stringify(value) ?? '';
}
