/** Makes values of a whole dlist line. */
import { isUtf8 } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '../decoded.ts';
import { type DlistLimits, defaultDlistLimits } from './line.ts';
import { DlistScanner } from './scanner.ts';

export type DlistValue =
  | { readonly kind: 'nil' }
  /** `charset`: set when it is not UTF-8 and was read as ISO 8859-1. */
  | { readonly kind: 'text'; readonly text: string; readonly charset?: 'latin1' }
  | { readonly kind: 'list'; readonly items: readonly DlistValue[] }
  /** Keys as they were written. */
  | { readonly kind: 'kvlist'; readonly entries: readonly (readonly [key: string, value: DlistValue])[] };

export interface DlistLine {
  /** The command, or the word of an answer, as it was written. */
  readonly name: string;
  readonly value: DlistValue;
}

interface List {
  readonly kind: 'list' | 'kvlist';
  readonly items: DlistValue[];
}

/**
 * Reads one line, to its end and no further. Only the bare atom NIL is absent: `nil` is a name like any other (Cyrus
 * `imap/imapparse.c`, `getxstring`). A text that is not valid UTF-8 is read as ISO 8859-1.
 */
export function parseDlist(bytes: Uint8Array, limits: DlistLimits = defaultDlistLimits): Decoded<DlistLine> {
  const line = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const root: DlistValue[] = [];
  const open: List[] = [];
  const put = (value: DlistValue): void => {
    (open.at(-1)?.items ?? root).push(value);
  };
  const scanner = new DlistScanner(limits, {
    value(form, start, end, isKey) {
      const raw = line.subarray(start, end);
      const charset = isUtf8(raw) ? 'utf8' : 'latin1';
      const text = raw.toString(charset);
      if (form === 'atom' && text === 'NIL' && !isKey) put({ kind: 'nil' });
      else {
        const plain = form === 'quoted' ? text.replace(/\\([\s\S])/g, '$1') : text;
        put(charset === 'utf8' ? { kind: 'text', text: plain } : { kind: 'text', text: plain, charset });
      }
    },
    open(kind) {
      open.push({ kind, items: [] });
    },
    close() {
      const closed = open.pop();
      if (closed !== undefined) put(listValue(closed));
    },
  });
  const end = scanner.feed(line);
  if (scanner.problem !== undefined) return undecodable('frame', scanner.problem.message, scanner.problem.byte);
  if (!scanner.complete) return undecodable('frame', 'the request has no line end; expected CR LF', line.length);
  if (end < line.length) return undecodable('frame', `${line.length - end} bytes after the line end`, end);
  const [name, value] = root;
  if (name?.kind !== 'text' || value === undefined) return undecodable('frame', 'there is no command', 0);
  return decoded({ name: name.text, value });
}

function listValue({ kind, items }: List): DlistValue {
  if (kind === 'list') return { kind, items };
  const entries: (readonly [string, DlistValue])[] = [];
  for (let at = 0; at + 1 < items.length; at += 2) {
    const [key, value] = [items[at], items[at + 1]];
    if (key?.kind === 'text' && value !== undefined) entries.push([key.text, value]);
  }
  return { kind, entries };
}
