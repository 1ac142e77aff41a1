/** Reads text with names in braces, `{subject}` or `{subject|max:200}`, wherever in a request it stands. */
import { type Filter, parseFilter } from './filters.ts';

export interface Placeholder {
  readonly name: string;
  readonly filters: readonly Filter[];
}

export type Part = string | Placeholder;

/** What is wrong, and before which character it was found, from 0. */
export interface Mistake {
  readonly wrong: string;
  readonly at: number;
}

/** Two braces, a name in braces with its filters, one brace, or plain text. */
const token = /\{\{|\}\}|\{([A-Za-z0-9._:/-]+)((?:\|[a-z]+(?::[0-9]+)?)*)\}|[{}]|[^{}]+/g;

/** `{{` and `}}` stand for braces. Nothing else has a meaning: a backslash is one. */
export function parseText(written: string): { readonly value: readonly Part[] } | Mistake {
  const parts: Part[] = [];
  for (const { 0: text, 1: name, 2: filters = '', index } of written.matchAll(token)) {
    if (name !== undefined) {
      const placeholder = placeholderOf(name, filters);
      if ('wrong' in placeholder) return { wrong: placeholder.wrong, at: index };
      parts.push(placeholder);
    } else if (text === '{' || text === '}') {
      return {
        wrong: `a ${text} stands alone: write a name like {user}, or ${text}${text} for the brace itself`,
        at: index,
      };
    } else parts.push(text === '{{' || text === '}}' ? text.charAt(0) : text);
  }
  return { value: parts };
}

/** `filters` as they are written, each after a bar. */
export function placeholderOf(name: string, filters: string): Placeholder | { readonly wrong: string } {
  const found: Filter[] = [];
  for (const one of filters.split('|').slice(1)) {
    const filter = parseFilter(one);
    if ('wrong' in filter) return filter;
    found.push(filter.value);
  }
  return { name, filters: found };
}

/** The value of a name, as text. */
export type LookUp = (name: string) => string;

/** Puts the values in, each after its filters and `encode`. Half a surrogate pair becomes U+FFFD. */
export function render(
  parts: readonly Part[],
  lookUp: LookUp,
  encode: (text: string) => string = (text) => text,
): string {
  return parts.map((part) => (typeof part === 'string' ? part : encode(filteredValue(part, lookUp)))).join('');
}

export function filteredValue({ name, filters }: Placeholder, lookUp: LookUp): string {
  return filters.reduce((text, filter) => filter(text), lookUp(name).toWellFormed());
}

export const hasNames = (parts: readonly Part[]): boolean => parts.some((part) => typeof part !== 'string');
