/** Text from outside, so that it can be shown: what is invisible or turns the direction of others is made visible. */

/** Control characters, marks of direction, invisible formatting (General Category C but spaces), unpaired surrogates. */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** On one line, at most `longest` characters. */
export function shown(text: string, longest = 300): string {
  const cut = text.length > longest ? `${[...text.slice(0, longest + 1)].slice(0, -1).join('')}…` : text;
  return cut.replace(invisible, name);
}

/** On several lines: line breaks and tabs stay. */
export function shownLines(text: string, longest = 65_536): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(/\r\n/g, '\n').replace(invisible, (one) => (one === '\n' || one === '\t' ? one : name(one)));
}

function name(one: string): string {
  if (one === '\n') return '↵';
  if (one === '\t') return ' ';
  // Joins emoji: harmless, and families fall apart without it.
  if (one === '\u200d') return one;
  return `⟨U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** The beginning of a request as text; bytes that are no UTF-8 become U+FFFD. */
export function textOfBase64(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
