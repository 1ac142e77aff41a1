/** Reduces a sentence to its facts, so that a test can compare what it names and leave its wording to test/messages. */

/**
 * What of `text` is not plain words, separated by spaces: what stands in quotes, numbers, names of options, paths, types and
 * codes, and a word that is suggested (`url?`). `"25d" is too long a duration: 24d is the most` gives `"25d" 24d`.
 */
export function factsOf(text: string): string {
  const tokens = text.match(/"[^"]*"\S*|\S+/g) ?? [];
  return tokens.map(bare).filter(isFact).join(' ');
}

/** Without the punctuation around it. */
function bare(token: string): string {
  if (token.startsWith('"')) return token.slice(0, token.indexOf('"', 1) + 1);
  return token.replace(/^[('‘]+/, '').replace(/[)'’,;:.]+$/, '');
}

function isFact(token: string): boolean {
  if (token.startsWith('"') || /[a-z][A-Z]|^[A-Z]{2}/.test(token)) return true;
  return /[\p{L}\d\\]/u.test(token) && /[^\p{L}'’-]/u.test(token);
}

/** A line of `belfry check`: its place, severity and option, and the facts of the rest. */
export function factsOfLine(line: string): string {
  const [, place = '', rest = ''] = /^((?:.*?:)?\d+: (?:error|warning): (?:[@\w-]+: )?)?(.*)$/s.exec(line) ?? [];
  return `${place}${factsOf(rest)}`.trim();
}
