/** Templates of headers: a value can neither end a header nor add to a list in it. */
import { hasNames, type LookUp, type Mistake, type Part, parseText, render } from './text.ts';

export interface HeaderTemplate {
  /** In lower case. */
  readonly name: string;
  readonly names: boolean;
  /** It has no value: it is not sent, and takes away that of the preset or the format. */
  readonly removes: boolean;
  fill(lookUp: LookUp): string;
}

/** Those that belong to HTTP, or that belfry makes. */
const reserved =
  /^(?:accept-encoding|authorization|connection|content-encoding|content-length|expect|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|webhook-.*)$/;

/** One header, or several, each in double quotes. */
export function parseHeaders(written: string): { readonly value: readonly HeaderTemplate[] } | Mistake {
  const lines = written.trimStart().startsWith('"') ? quotedWords(written) : [written];
  if (lines === undefined) return { wrong: 'a double quote is not closed, or there is no blank after it', at: 0 };
  const headers: HeaderTemplate[] = [];
  for (const line of lines) {
    const header = parseHeaderTemplate(line);
    if ('wrong' in header) return header;
    if (headers.some(({ name }) => name === header.value.name)) {
      return { wrong: `the header ${header.value.name} is there twice`, at: 0 };
    }
    headers.push(header.value);
  }
  return { value: headers };
}

/** Words with blanks between them; one in double quotes can hold blanks. */
function quotedWords(written: string): readonly string[] | undefined {
  const words: string[] = [];
  let isApart = true;
  for (const [word, quoted, end] of written.matchAll(/"([^"]*)("|$)|[^\s"]+|\s+/g)) {
    const isBlank = word.trim() === '';
    if (!isBlank && (!isApart || end === '')) return undefined;
    isApart = isBlank;
    if (!isBlank) words.push(quoted ?? word);
  }
  return words;
}

/** One header, `Name: value`. */
function parseHeaderTemplate(written: string): { readonly value: HeaderTemplate } | Mistake {
  const [head = '', before = ''] = /^([^:]*):[ \t]*/.exec(written) ?? [];
  const name = before.trim().toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
    return { wrong: `"${written}" is no header: write "Name: value"`, at: 0 };
  if (reserved.test(name)) {
    const remedy = name === 'authorization' ? ': use webhook_authorization' : '';
    return { wrong: `the header ${name} cannot be set here${remedy}`, at: 0 };
  }
  const text = written.slice(head.length).trim();
  if (/[^ -~]/.test(text)) return { wrong: `the header ${name} may hold only ASCII characters`, at: head.length };
  const parts = parseText(text);
  if ('wrong' in parts) return { wrong: parts.wrong, at: head.length + parts.at };
  if (name === 'host' && hasNames(parts.value)) return { wrong: 'the header host cannot name values', at: head.length };
  const fill = (lookUp: LookUp): string => filled(parts.value, lookUp);
  return { value: { name, names: hasNames(parts.value), removes: text === '', fill } };
}

/** Blanks at the ends are no part of the value of a header, so those of a value of an event are encoded. */
function filled(parts: readonly Part[], lookUp: LookUp): string {
  const text = render(parts, lookUp, encode);
  const begins = text.trimStart();
  const inner = begins.trimEnd();
  return `${'%20'.repeat(text.length - begins.length)}${inner}${'%20'.repeat(begins.length - inner.length)}`;
}

/** Percent-encodes what is not printable ASCII, and what divides or quotes: `%` `"` `\` `,` `;`. */
function encode(text: string): string {
  return text.replace(/[^ !#$&-+\--:<-[\]-~]+/g, (some) =>
    Buffer.from(some, 'utf8').reduce((done, byte) => `${done}%${byte.toString(16).toUpperCase().padStart(2, '0')}`, ''),
  );
}
