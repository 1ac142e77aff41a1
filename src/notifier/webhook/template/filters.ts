/** What a template can do to a value before it is put in: `{subject|slack|max:200}`. */
import type { Parsed } from '../../parsed.ts';

export type Filter = (text: string) => string;

/** Beyond this no service accepts a text. */
const longestMax = 1_000_000;

/** `slack`: no mentions and links of Slack. `markdown`: no markup of Markdown. `max:200`: at most so many characters. */
export function parseFilter(written: string): Parsed<Filter> {
  if (written === 'slack') return { value: withoutSlackControl };
  if (written === 'markdown') return { value: withoutMarkdown };
  const [, digits] = /^max:([0-9]{1,7})$/.exec(written) ?? [];
  const max = Number(digits);
  if (digits !== undefined && max > 0 && max <= longestMax) return { value: (text) => cut(text, max) };
  return { wrong: `there is no filter "${written}": write slack, markdown or max:200` };
}

/** Slack reads `<!channel>`, `<@U123>` and links between angle brackets; these three characters are all that must be escaped. */
function withoutSlackControl(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Every character that means something to the Markdown of Discord, with a backslash; also `<` and `@` of mentions. */
function withoutMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|~<>@:]/g, '\\$&');
}

/** Counted in UTF-16 units, as Discord and Telegram do at most; the last one is `…` where it was cut. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  // A pair is not cut in two, nor is an escape of one of the filters.
  return `${text.slice(0, max - 1).replace(/(?:[\ud800-\udbff]|\\|&[a-z]{0,3})$/, '')}…`;
}
