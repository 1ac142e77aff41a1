/** Reads the IMAP envelope in which Cyrus reports whom a message is from and what it is about (RFC 9051 §7.5.2). */

interface EnvelopeAddress {
  /** As in the header: encoded words are not decoded. Empty when there is none. */
  readonly name: string;
  readonly address: string;
}

export interface ImapEnvelope {
  /** As in the header. Empty when there is none. */
  readonly subject: string;
  readonly from: readonly EnvelopeAddress[];
  readonly to: readonly EnvelopeAddress[];
}

type Value = string | undefined | readonly Value[];

/** An envelope is a list of lists of lists of strings. */
const maxDepth = 3;
/** The fields of an envelope: date, subject, from, sender, reply-to, to, cc, bcc, in-reply-to, message-id. */
const fields = { subject: 1, from: 2, to: 5 };

/** Undefined for what is no envelope, in time linear in its length. */
export function parseImapEnvelope(text: string): ImapEnvelope | undefined {
  const [list] = readValue(text, 0, maxDepth) ?? [];
  if (!Array.isArray(list)) return undefined;
  const values: readonly Value[] = list;
  const subject = values[fields.subject];
  return {
    subject: typeof subject === 'string' ? subject : '',
    from: addressesIn(values[fields.from]),
    to: addressesIn(values[fields.to]),
  };
}

/** Those that begin or end a group have no host (RFC 9051 §7.5.2). */
function addressesIn(value: Value): readonly EnvelopeAddress[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: Value) => {
    const [name, , local, host]: readonly Value[] = Array.isArray(one) ? one : [];
    if (typeof local !== 'string' || typeof host !== 'string') return [];
    return [{ name: typeof name === 'string' ? name : '', address: `${local}@${host}` }];
  });
}

/** The value that begins at `start`, and where it ends. NIL is undefined. */
function readValue(text: string, start: number, depth: number): readonly [Value, number] | undefined {
  switch (text[start]) {
    case '(':
      return depth === 0 ? undefined : readList(text, start + 1, depth - 1);
    case '"':
      return readQuoted(text, start + 1);
    case '{':
      return readLiteral(text, start);
    default:
      return text.slice(start, start + 3).toUpperCase() === 'NIL' ? [undefined, start + 3] : undefined;
  }
}

/** Of a list that breaks off, what came before. Addresses of one list may follow each other without a space. */
function readList(text: string, start: number, depth: number): readonly [Value, number] {
  const values: Value[] = [];
  let at = start;
  while (at < text.length && text[at] !== ')') {
    if (text[at] === ' ') {
      at += 1;
      continue;
    }
    const read = readValue(text, at, depth);
    if (read === undefined) return [values, text.length];
    values.push(read[0]);
    at = read[1];
  }
  return [values, at + 1];
}

function readQuoted(text: string, start: number): readonly [string, number] {
  let at = start;
  let value = '';
  let from = start;
  for (; at < text.length && text[at] !== '"'; at += 1) {
    if (text[at] !== '\\') continue;
    value += text.slice(from, at);
    at += 1;
    from = at;
  }
  return [value + text.slice(from, at), at + 1];
}

/** `{25}`, a line end and so many bytes of UTF-8. */
function readLiteral(text: string, start: number): readonly [string, number] | undefined {
  const [head, digits] = /^\{([0-9]{1,9})\+?\}\r?\n/.exec(text.slice(start, start + 16)) ?? [];
  if (head === undefined) return undefined;
  const begin = start + head.length;
  let at = begin;
  for (let left = Number(digits); left > 0 && at < text.length; ) {
    const code = text.codePointAt(at) ?? 0;
    left -= code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    at += code < 0x1_0000 ? 1 : 2;
  }
  return [text.slice(begin, at), at];
}
