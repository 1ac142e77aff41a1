/** The syntax of one line of an imapd.conf: `name: value`, as `config_read_file` in Cyrus `lib/libconfig.c` reads it. */
import { printable } from '../base/printable.ts';
import { error, type Problem } from '../option/problem.ts';

export type SettingLine =
  | { readonly kind: 'blank' }
  | { readonly kind: 'comment' }
  /** The name is in lower case, the value without white space at its ends and not empty. */
  | { readonly kind: 'setting'; readonly name: string; readonly value: string }
  | { readonly kind: 'problem'; readonly problem: Problem; readonly option?: string };

const maxNameLength = 200;

/** Reads a whole logical line. A directive is a setting whose name begins with `@`. */
export function parseSettingLine(line: string): SettingLine {
  const text = trimmed(line);
  if (text === '') return { kind: 'blank' };
  if (text.startsWith('#')) return { kind: 'comment' };
  const written = /^@?[A-Za-z0-9_-]*/.exec(text)?.[0] ?? '';
  if (text[written.length] !== ':' || written === '' || written === '@' || written.length > maxNameLength) {
    return { kind: 'problem', problem: explainName(text, written) };
  }
  const name = written.toLowerCase();
  const value = trimmed(text.slice(written.length + 1));
  if (value === '') {
    const problem = error('it has no value', 'write one, or remove the line to get the default');
    return { kind: 'problem', problem, option: name };
  }
  return { kind: 'setting', name, value };
}

/** Why a line does not begin with `name:`. Quotes its first word only: what follows may be a secret. */
function explainName(text: string, name: string): Problem {
  const word = /^\S{1,40}/.exec(text)?.[0] ?? '';
  const line = `"${printable(word, 40)}${word.length < text.length ? ' …' : ''}"`;
  if (name.length > maxNameLength) {
    return error(`${line} has a name of ${name.length} characters`, `at most ${maxNameLength}`);
  }
  const rest = text.slice(name.length, name.length + 100).trimStart();
  if (name !== '' && rest.startsWith('=')) {
    return error(`${line} has "=" instead of ":"`, `write "${name}: VALUE"`);
  }
  if (name !== '' && rest.startsWith(':')) {
    return error(`${line} has white space before the ":"`, `write "${name}: VALUE"`);
  }
  if (text.includes(':')) {
    return error(`${line} has no valid name`, 'a name is letters, digits, - and _, then comes the ":"');
  }
  const remedy = 'a comment begins with #; to continue the line before, end that one in a backslash';
  return error(`${line} is not of the form "name: value"`, remedy);
}

/** The characters of isspace(3) in the C locale, which are fewer than what JavaScript trims. */
const space = new Set([' ', '\t', '\n', '\v', '\f', '\r']);

/** The text without these characters at its ends. By hand, because a regular expression takes quadratic time on many of them. */
export function trimmed(text: string, characters: ReadonlySet<string> = space): string {
  let start = 0;
  let end = text.length;
  while (start < end && characters.has(text.charAt(start))) start += 1;
  while (end > start && characters.has(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
