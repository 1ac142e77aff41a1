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
 * the very last byte before it (a blank or a carriage return after it makes it text); in a last line without a newline
 * it is text too. What must end in a backslash is all that has been read of the line: after `a: \\` (two of them), an
 * empty line takes the second one and goes on as well.
 */
export function* logicalLines(content: string): Generator<LogicalLine, void, undefined> {
  let parts: string[] = [];
  /** Where in `parts` there is text, the last one on top. */
  let filled: number[] = [];
  let first = 1;
  let number = 0;
  let start = 0;
  while (start < content.length) {
    const newline = content.indexOf('\n', start);
    const end = newline === -1 ? content.length : newline;
    number += 1;
    if (end > start) filled.push(parts.length);
    parts.push(content.slice(start, end));
    start = end + 1;
    if (newline !== -1 && takeBackslash(parts, filled)) continue;
    yield { parts, line: first, complete: true };
    parts = [];
    filled = [];
    first = number + 1;
  }
  if (parts.length > 0) yield { parts, line: first, complete: false };
}

/** Takes the backslash away in which the parts, joined, end; false when they do not. */
function takeBackslash(parts: string[], filled: number[]): boolean {
  const index = filled.at(-1);
  const part = index === undefined ? undefined : parts[index];
  if (index === undefined || !part?.endsWith('\\')) return false;
  parts[index] = part.slice(0, -1);
  if (part.length === 1) filled.pop();
  return true;
}
