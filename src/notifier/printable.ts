/** Makes what a peer wrote fit to stand in one line: a reason must not forge log lines or steer a terminal. */

/** Control and format characters (bidirectional overrides among them), halves of surrogate pairs, line separators. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` with visible escapes like `\n` and `\u{1b}`, cut behind `limit` characters, which `…` shows. */
export function printable(text: string, limit: number): string {
  const escaped = text.slice(0, limit).replace(unprintable, visible);
  return escaped.length > limit || text.length > limit ? `${escaped.slice(0, limit)}…` : escaped;
}

function visible(character: string): string {
  return named[character] ?? `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
}
