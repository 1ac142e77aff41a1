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

/** What is left to terminals to obey: DEL and C1, which JSON does not escape, format characters (bidirectional ones among them), line separators. */
const leftByJson = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The same JSON, all of whose control and format characters are escaped: it can be shown on a terminal. */
export function escapedJson(json: string): string {
  return json.replace(leftByJson, (character) => {
    let escaped = '';
    for (let at = 0; at < character.length; at++) {
      escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}
