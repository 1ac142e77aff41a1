/** Writes dlist lines: what belfry answers, and requests as Cyrus sends them. */
import { BelfryError } from '../../base/error.ts';
import { printable, quotedString } from '../../base/printable.ts';
import type { Request } from '../../base/request.ts';

/**
 * `OK`: it is kept, under this id. `NO`: it was understood and is not kept; one that is too large never will be. `BAD`: it was
 * not understood.
 */
export type DlistAnswer =
  | { readonly word: 'OK'; readonly id: string }
  | { readonly word: 'NO' | 'BAD'; readonly reason: string; readonly tooLarge?: true };

/** The value of CODE in the answer to a request that is too large, for programs; Cyrus reads the name of an answer alone. */
export const tooLargeCode = 'TOO_LARGE';

/** More than fits on a line of a log. */
const maxReason = 500;

/**
 * The answer, with a value in any case: without one Cyrus waits for it (`imap/dlist.c`, `dlist_parse`), and with OK it
 * looks at nothing in it. The reason is
 * always one quoted string: a literal in an answer ends the process of Cyrus that reads it when it has no `+`, and where
 * `literalminus` is set when it is long (`imap/imapparse.c`, `getxstring`). What no quoted string can hold is escaped.
 */
export function encodeAnswer(answer: DlistAnswer): Buffer {
  if (answer.word === 'OK') return Buffer.from(`OK %(ID ${astring(answer.id)})\r\n`);
  const code = answer.tooLarge ? ` CODE ${tooLargeCode}` : '';
  return Buffer.from(`${answer.word} %(REASON ${quotedString(printable(answer.reason, maxReason))}${code})\r\n`);
}

/** What makes a sender go on that waits after a synchronising literal (RFC 3501 §7.5). */
export const continuation = '+ go ahead\r\n';

/**
 * The line that Cyrus would send for this request (`imap/notify.c`, `notify_dlist`): keys in its order, absent values NIL, a
 * message that is not UTF-8 as it was. Throws BelfryError USAGE for a NUL, which no field may hold.
 */
export function encodeNotify(request: Request): Buffer {
  const { method, class: requestClass, priority, user, mailbox, options, message, messageCharset } = request;
  const fname = request.fname ?? '';
  const fields = { METHOD: method, CLASS: requestClass, PRIORITY: priority, USER: user, MAILBOX: mailbox };
  const all = { ...fields, OPTIONS: options.join(' '), MESSAGE: message, FILEPATH: fname };
  for (const [key, value] of Object.entries(all)) {
    if (value.includes('\0')) throw new BelfryError('USAGE', `${key} contains a NUL`);
  }
  const orNil = (text: string): string => (text === '' ? 'NIL' : astring(text));
  const before = Object.entries(fields).map(([key, value]) => `${key} ${orNil(value)}`);
  // The length of a literal is that of its bytes.
  const bytes = Buffer.from(messageCharset === undefined ? astring(message) : message, messageCharset);
  const literal = messageCharset === undefined ? '' : `{${bytes.byteLength}+}\r\n`;
  return Buffer.concat([
    Buffer.from(`NOTIFY %(${before.join(' ')} OPTIONS (${options.map(astring).join(' ')}) MESSAGE ${literal}`),
    bytes,
    Buffer.from(` FILEPATH ${orNil(fname)})\r\n`),
  ]);
}

/** The shortest form that can hold the text: an atom, a quoted string, a literal that nobody waits for. */
export function astring(text: string): string {
  if (text !== 'NIL' && /^[A-Za-z0-9._/:@=,;!$&'*+?^`|~#<>-]{1,1024}$/.test(text)) return text;
  // What would have to be escaped is a literal, as in Cyrus.
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]{0,1024}$/.test(text)) return `"${text}"`;
  return `{${Buffer.byteLength(text)}+}\r\n${text}`;
}
