/**
 * Reads a request of the notify socket as Cyrus' own daemon does: `notifyd/notifyd.c` a datagram, `imap/dlist.c` the
 * line of a stream. It is deliberately not the decoder of belfry: what was sent must not be judged by the code that is
 * tried.
 */

export interface Frame {
  readonly method: string;
  readonly class: string;
  readonly priority: string;
  readonly user: string;
  readonly mailbox: string;
  readonly options: readonly string[];
  readonly message: string;
  /** Empty when there is none. */
  readonly fname: string;
}

/** `method NUL class NUL priority NUL user NUL mailbox NUL nopt NUL (option NUL)*nopt message NUL [fname NUL]` */
export function readFrame(datagram: Buffer): Frame {
  const fields: string[] = [];
  for (let start = 0; start < datagram.length; ) {
    const end = datagram.indexOf(0, start);
    if (end === -1) throw new Error(`no NUL after byte ${start}`);
    fields.push(textOf(datagram.subarray(start, end)));
    start = end + 1;
  }
  const [method = '', requestClass = '', priority = '', user = '', mailbox = '', count = '', ...rest] = fields;
  const options = rest.slice(0, Number(count));
  const [message, fname = ''] = rest.slice(Number(count));
  if (message === undefined) throw new Error('fields are missing');
  return { method, class: requestClass, priority, user, mailbox, options, message, fname };
}

/** `NOTIFY %(METHOD log CLASS EVENT … OPTIONS (…) MESSAGE {n+} CRLF bytes FILEPATH NIL) CRLF` */
export function readStreamFrame(line: Buffer): Frame {
  let at = 0;
  const rest = (): string => line.subarray(at, at + 40).toString('latin1');
  const skip = (text: string): void => {
    if (line.subarray(at, at + text.length).toString('latin1') !== text) throw new Error(`no "${text}" at: ${rest()}`);
    at += text.length;
  };
  const matched = (pattern: RegExp): string => {
    const found = pattern.exec(line.subarray(at, at + 4096).toString('latin1'));
    if (found === null) throw new Error(`nothing like ${pattern} at: ${rest()}`);
    at += found[0].length;
    return found[1] ?? found[0];
  };
  const value = (): string => {
    if (line[at] === 0x7b) {
      const length = Number(matched(/^\{(\d+)\+?\}\r\n/));
      at += length;
      return textOf(line.subarray(at - length, at));
    }
    if (line[at] === 0x22) return matched(/^"((?:[^"\\]|\\.)*)"/s).replaceAll(/\\(.)/gs, '$1');
    const atom = matched(/^[^ ()]+/);
    return atom === 'NIL' ? '' : atom;
  };
  const list = (): readonly string[] => {
    const values: string[] = [];
    skip('(');
    while (line[at] !== 0x29) {
      values.push(value());
      if (line[at] === 0x20) skip(' ');
    }
    skip(')');
    return values;
  };
  skip('NOTIFY %(');
  const fields = new Map<string, string>();
  let options: readonly string[] = [];
  for (;;) {
    const key = matched(/^[A-Z]+/);
    skip(' ');
    if (key === 'OPTIONS') options = list();
    else fields.set(key, value());
    if (line[at] === 0x29) break;
    skip(' ');
  }
  skip(')\r\n');
  if (at !== line.length) throw new Error(`something stands after the request: ${rest()}`);
  const field = (key: string): string => fields.get(key) ?? '';
  return {
    method: field('METHOD'),
    class: field('CLASS'),
    priority: field('PRIORITY'),
    user: field('USER'),
    mailbox: field('MAILBOX'),
    options,
    message: field('MESSAGE'),
    fname: field('FILEPATH'),
  };
}

/** UTF-8, or ISO 8859-1 where it is none. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}
