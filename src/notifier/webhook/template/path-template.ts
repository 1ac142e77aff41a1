/** A template of the end of a URL: each value stays within its segment of the path, or within its place in the query. */
import type { Parsed } from '../../parsed.ts';
import { hasNames, type LookUp, type Mistake, type Part, parseText, render } from './text.ts';

export interface PathTemplate {
  readonly names: boolean;
  /** The whole path with its query. `wrong` where a value would lead to another path: an empty segment, `.` or `..`. */
  fill(lookUp: LookUp): Parsed<string>;
}

/** What may stand in a URL as it is (RFC 3986 §3.3 and §3.4), and percent-encoded bytes. */
const possible = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*$/;

/**
 * `written` is appended to the path of `url`; after a `?` to its query. It begins with `/` or `?`. Values are
 * percent-encoded. A slash or a `?` in a value is encoded as well, so that the template alone decides on the segments.
 */
export function parsePathTemplate(
  written: string,
  url: Pick<URL, 'pathname' | 'search'>,
): { readonly value: PathTemplate } | Mistake {
  const parsed = parseText(written);
  if ('wrong' in parsed) return parsed;
  if (!/^[/?]/.test(written)) return { wrong: 'it must begin with / or ?', at: 0 };
  const wrong = parsed.value.find((part) => typeof part === 'string' && !possible.test(part));
  if (wrong !== undefined) return { wrong: 'a character in it is not possible in a URL: percent-encode it', at: 0 };
  const { segments, query } = divided(parsed.value);
  const base = segments.length === 0 ? url.pathname : url.pathname.replace(/\/$/, '');
  return {
    value: {
      names: hasNames(parsed.value),
      fill(lookUp) {
        const filled = segments.map((parts) => ({ parts, text: render(parts, lookUp, encode) }));
        const other = filled.find(({ parts, text }) => hasNames(parts) && /^\.{0,2}$/.test(text));
        if (other !== undefined) {
          return { wrong: `a segment of webhook_path would be "${other.text}", which leads to another path` };
        }
        const end = filled.map(({ text }) => `/${text}`).join('');
        const parameters = [url.search.slice(1), render(query, lookUp, encode)].filter((one) => one !== '').join('&');
        const path = `${base}${end}`;
        return { value: parameters === '' ? path : `${path}?${parameters}` };
      },
    },
  };
}

/** The segments of the path, without the slashes before them, and what comes after the first `?`. */
function divided(parts: readonly Part[]): {
  readonly segments: readonly (readonly Part[])[];
  readonly query: readonly Part[];
} {
  const segments: Part[][] = [];
  const query: Part[] = [];
  let inQuery = false;
  for (const part of parts) {
    if (inQuery) query.push(part);
    else if (typeof part !== 'string') segments.at(-1)?.push(part);
    else {
      const mark = part.indexOf('?');
      const path = mark < 0 ? part : part.slice(0, mark);
      for (const [index, text] of path.split('/').entries()) {
        if (index > 0) segments.push([]);
        if (text !== '') segments.at(-1)?.push(text);
      }
      if (mark < 0) continue;
      inQuery = true;
      query.push(part.slice(mark + 1));
    }
  }
  return { segments, query };
}

/** All but the characters that are never reserved (RFC 3986 §2.3). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
