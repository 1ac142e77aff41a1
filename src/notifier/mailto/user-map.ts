/** The file of mailto_map, which says to which addresses the mails of a user go, in the syntax of an aliases file. */
import type { Parsed } from '../parsed.ts';
import { parseRecipient, splitAddresses, uniqueAddresses } from './address.ts';
import { maxRecipients } from './mailto-uri.ts';

/** The addresses of a user; undefined for one that is not in the file. */
export type UserMap = (user: string) => readonly string[] | undefined;

/** In characters, and in users: more than any one server has, and it fits into memory. */
const limits = { length: 32 * 1024 * 1024, users: 500_000, user: 256 };

/**
 * Reads `user: address, address`; the colon may be left out, as in the virtual(5) tables of Postfix. A line that begins with
 * white space continues the one before, and `#` begins a line of comment. Names of users are compared without case. What an aliases
 * file may have besides addresses (programs, files, `:include:`, names of other users) is a mistake. The first mistake is
 * answered, with its line.
 */
export function parseUserMap(text: string): Parsed<UserMap> {
  if (text.length > limits.length) return { wrong: `it is longer than ${limits.length} characters` };
  const entries = new Map<string, { readonly line: number; readonly addresses: readonly string[] }>();
  for (const { line, written } of logicalLines(text)) {
    const wrong = (why: string): { readonly wrong: string } => ({ wrong: `line ${line}: ${why}` });
    if (/^\s/.test(written))
      return wrong('it begins with white space, and there is no line before that it could continue');
    const entry = readEntry(written);
    if ('wrong' in entry) return wrong(entry.wrong);
    const { user, addresses } = entry.value;
    const before = entries.get(user);
    if (before !== undefined) return wrong(`${JSON.stringify(user)} is on line ${before.line} already`);
    if (entries.size >= limits.users) return wrong(`there are more than ${limits.users} users`);
    entries.set(user, { line, addresses });
  }
  return { value: (user) => entries.get(keyOf(user))?.addresses };
}

const keyOf = (user: string): string => user.normalize('NFC').toLowerCase();

/** Lines with those that continue them, and the number of the first. */
function* logicalLines(text: string): Generator<{ readonly line: number; readonly written: string }> {
  let parts: string[] = [];
  let first = 0;
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    if (parts.length > 0 && /^\s/.test(line)) {
      parts.push(line.trim());
      continue;
    }
    if (parts.length > 0) yield { line: first, written: parts.join(' ') };
    parts = [line.trimEnd()];
    first = index + 1;
  }
  if (parts.length > 0) yield { line: first, written: parts.join(' ') };
}

function readEntry(written: string): Parsed<{ readonly user: string; readonly addresses: readonly string[] }> {
  const end = written.search(/[:\s]/);
  const user = keyOf(end < 0 ? written : written.slice(0, end));
  if (user === '') return { wrong: 'there is no user before the colon' };
  if (user.length > limits.user) return { wrong: `the name of the user is longer than ${limits.user} characters` };
  const list = end < 0 ? '' : written.slice(end).trimStart().replace(/^:/, '');
  const addresses: string[] = [];
  for (const each of splitAddresses(list)) {
    const address = parseRecipient(each);
    if ('wrong' in address)
      return { wrong: `${JSON.stringify(each.slice(0, 200))} is not a mail address: ${address.wrong}` };
    addresses.push(address.value);
  }
  if (addresses.length === 0) return { wrong: `there is no address for ${JSON.stringify(user)}` };
  const unique = uniqueAddresses(addresses);
  if (unique.length <= maxRecipients) return { value: { user, addresses: unique } };
  return { wrong: `there are ${unique.length} addresses for ${JSON.stringify(user)}; ${maxRecipients} are the most` };
}
