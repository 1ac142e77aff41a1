/** Lines of an imapd.conf as Cyrus reads them: a line that ends in a backslash goes on in the next one. */

export interface LogicalLine {
  /** The physical lines, each without its newline and, where it is continued, without its backslash. */
  readonly parts: readonly string[];
  /** Number of the first physical line, from 1. */
  readonly line: number;
  /** False when the file ends where the line was to go on: Cyrus then drops all of it. */
  readonly complete: boolean;
}

/**
 * The rules are those of `config_read_file` in Cyrus `lib/libconfig.c`: only a newline ends a line; the backslash must be
 * the very last byte before it (a blank or a carriage return behind it makes it text); and in a last line without a
 * newline it is text too.
 */
export function* logicalLines(content: string): Generator<LogicalLine, void, undefined> {
  let parts: string[] = [];
  let first = 1;
  let number = 0;
  let start = 0;
  while (start < content.length) {
    const newline = content.indexOf('\n', start);
    const end = newline === -1 ? content.length : newline;
    number += 1;
    const continued = newline !== -1 && end > start && content[end - 1] === '\\';
    parts.push(content.slice(start, continued ? end - 1 : end));
    start = end + 1;
    if (continued) continue;
    yield { parts, line: first, complete: true };
    parts = [];
    first = number + 1;
  }
  if (parts.length > 0) yield { parts, line: first, complete: false };
}
