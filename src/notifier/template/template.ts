/** Templates of subject, body and recipients: text with names in braces, and nothing that could run. */
import type { Parsed } from '../parsed.ts';

export interface Template {
  /** What it asks for, in order. */
  readonly names: readonly string[];
  /** The text with each name replaced by its value; what comes in is not read for names again. */
  render(lookUp: (name: string) => string): string;
}

/** A backslash and a character, a doubled brace, a name in braces, any other brace or backslash, or plain text. */
const token = /\\[\s\S]|\{\{|\}\}|\{([A-Za-z0-9._:/-]+)\}|[{}\\]|[^{}\\]+/g;

/**
 * Reads `{name}`; `{{` and `}}` stand for braces, `\n` for a line break, `\\` for a backslash. Any other brace or
 * backslash is wrong.
 */
export function parseTemplate(written: string): Parsed<Template> {
  const parts: (string | { readonly name: string })[] = [];
  for (const [text, name] of written.matchAll(token)) {
    if (name !== undefined) parts.push({ name });
    else if (text === '\\n') parts.push('\n');
    else if (text === '{{' || text === '}}' || text === '\\\\') parts.push(text.charAt(0));
    else if (text.startsWith('\\'))
      return { wrong: `"${text}" means nothing: write \\n for a line break, \\\\ for \\` };
    else if (text === '{' || text === '}') {
      return { wrong: `a ${text} stands alone: write a name like {user}, or ${text}${text} for the brace itself` };
    } else parts.push(text);
  }
  return {
    value: {
      names: parts.flatMap((part) => (typeof part === 'string' ? [] : [part.name])),
      render: (lookUp) => parts.map((part) => (typeof part === 'string' ? part : lookUp(part.name))).join(''),
    },
  };
}
