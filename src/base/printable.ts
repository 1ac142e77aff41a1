/** The one place that makes untrusted text fit to be shown: it must not steer a terminal, forge a line or add a header. */

/** Control characters (C0, DEL, C1), format characters (bidirectional ones among them), halves of surrogate pairs, line separators. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Those of them that JSON does not escape. */
const leftByJson = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;
/** What ends a line or turns the direction of text. Joiners are not among them: scripts and emoji need them. */
const notOfOneLine = /[\s\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** For people: `text` with visible escapes like `\n` and `\u{1b}`, in at most `limit` characters, the last of which is `…` where it was cut. */
export function printable(text: string, limit = Number.POSITIVE_INFINITY): string {
  const escaped = escapedBy(text.slice(0, limit + 1), visible);
  if (escaped.length <= limit) return escaped;
  // A pair is not cut in two.
  return `${escaped.slice(0, Math.max(0, limit - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The same for several lines, each of which stays one. */
export function printableLines(text: string): string {
  return text.replace(/[^\n]+/g, (line) => printable(line));
}

/** For formats with an escape of their own: each character that must not be shown as it is, as `write` has it. */
export function escapedBy(text: string, write: (character: string) => string): string {
  return text.replace(unprintable, write);
}

function visible(character: string): string {
  return named[character] ?? `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
}

/** For programs and terminals: the same JSON, all of whose control and format characters are escaped. */
export function escapedJson(json: string): string {
  return json.replace(leftByJson, (character) => {
    let escaped = '';
    for (let at = 0; at < character.length; at++) {
      escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}

/** A quoted string of IMAP and of mail (RFC 3501 §9, RFC 5322 §3.2.4). The text is printable ASCII. */
export function quotedString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** For headers: one line, in which a space stands for whatever else would end it or turn the direction of text. */
export function oneLine(text: string): string {
  return text.replace(notOfOneLine, ' ').trim();
}
