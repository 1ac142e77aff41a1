/** Makes a request of the line that Cyrus sends over its stream (`imap/notify.c`, `notify_dlist`). */
import type { Request } from '../../base/request.ts';
import { type Decoded, decoded, quoted, undecodable } from '../decoded.ts';
import { maxOptions } from '../frame.ts';
import { defaultDlistLimits } from './line.ts';
import { type DlistValue, parseDlist } from './parse.ts';

/** The intake has held the line to its own limit of size before it was kept. */
const limits = { ...defaultDlistLimits, maxBytes: Number.MAX_SAFE_INTEGER };

/** Whether a line with this command is a notification; Cyrus knows no other. */
export function isNotify(command: string): boolean {
  return command.toUpperCase() === 'NOTIFY';
}

/** Keys are compared without case, those that belfry does not know are passed over; of a key given twice the last counts. */
export function decodeNotify(bytes: Uint8Array): Decoded<Request> {
  const line = parseDlist(bytes, limits);
  if (!line.ok) return line;
  const { name, value } = line.value;
  if (!isNotify(name)) return undecodable('frame', `the command is ${quoted(name)}; expected NOTIFY`, 0);
  if (value.kind !== 'kvlist') return undecodable('frame', 'no list of keys and values after NOTIFY; expected %(');
  const fields = new Map(value.entries.map(([key, field]) => [key.toUpperCase(), field]));
  const texts = new Map<string, string>();
  for (const key of ['METHOD', 'CLASS', 'PRIORITY', 'USER', 'MAILBOX', 'MESSAGE', 'FILEPATH']) {
    const text = textOf(fields.get(key));
    if (text === undefined) return undecodable('frame', `${key} is a list; expected a text`);
    texts.set(key, text);
  }
  const options = optionsOf(fields.get('OPTIONS'));
  if (typeof options === 'string') return undecodable('frame', options);
  // Fields are C strings in Cyrus, and so are the arguments of programs that may get them.
  if ([...texts.values(), ...options].some((text) => text.includes('\0'))) {
    return undecodable('frame', 'a field contains a NUL, which is not allowed');
  }
  const of = (key: string): string => texts.get(key) ?? '';
  const fname = of('FILEPATH');
  const message = fields.get('MESSAGE');
  const charset = message?.kind === 'text' ? message.charset : undefined;
  return decoded({
    method: of('METHOD'),
    class: of('CLASS'),
    priority: of('PRIORITY'),
    user: of('USER'),
    mailbox: of('MAILBOX'),
    options,
    message: of('MESSAGE'),
    ...(charset === undefined ? {} : { messageCharset: charset }),
    ...(fname === '' ? {} : { fname }),
  });
}

function textOf(value: DlistValue | undefined): string | undefined {
  if (value === undefined || value.kind === 'nil') return '';
  return value.kind === 'text' ? value.text : undefined;
}

/** The options, or what is wrong with them. */
function optionsOf(value: DlistValue | undefined): readonly string[] | string {
  if (value === undefined || value.kind === 'nil') return [];
  if (value.kind !== 'list') return 'OPTIONS is not a list; expected ( … )';
  if (value.items.length > maxOptions) return `${value.items.length} OPTIONS are too many; at most ${maxOptions}`;
  const texts = value.items.map(textOf);
  return texts.every((text) => text !== undefined) ? texts : 'there is a list among OPTIONS; expected texts';
}
