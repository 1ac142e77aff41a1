/** The options that say how a request of a webhook looks: method, path, headers and body, from a preset or the administrator. */
import { isJsonType } from '../../decode/cloud-event.ts';
import type { HeaderTemplate } from './template/header-template.ts';
import { type JsonTemplate, parseJsonTemplate } from './template/json-template.ts';
import { type PathTemplate, parsePathTemplate } from './template/path-template.ts';
import { type Mistake, type Part, parseText } from './template/text.ts';

export const methodNames = ['POST', 'PUT', 'PATCH', 'GET'] as const;

export interface RequestParts {
  readonly method: (typeof methodNames)[number] | undefined;
  readonly path: ((url: URL) => PathTemplate) | undefined;
  readonly headers: readonly HeaderTemplate[];
  /** As it is written. */
  readonly body: string | undefined;
}

export type BodyTemplate =
  | { readonly kind: 'json'; readonly contentType: string; readonly template: JsonTemplate }
  | {
      readonly kind: 'text';
      readonly contentType: string;
      readonly parts: readonly Part[];
      readonly encode: (text: string) => string;
    };

/** The content type that a header of the template gives. It holds no names. */
export function contentTypeOf({ headers }: Pick<RequestParts, 'headers'>): string | undefined {
  return headers.find(({ name, removes }) => name === 'content-type' && !removes)?.fill(() => '');
}

/** `contentType` decides how values are escaped: JSON (also without one), `text/plain` or a form. */
export function parseBody(
  written: string,
  contentType = 'application/json',
): { readonly value: BodyTemplate } | Mistake {
  if (isJsonType(contentType)) {
    const template = parseJsonTemplate(written);
    return 'wrong' in template ? template : { value: { kind: 'json', contentType, template: template.value } };
  }
  const [type = ''] = contentType.toLowerCase().split(';');
  const encode = encoders[type.trim()];
  if (encode === undefined) {
    const known = ['JSON', ...Object.keys(encoders)].join(', ');
    return { wrong: `belfry cannot escape values in ${contentType}; it can in ${known}`, at: 0 };
  }
  const parts = parseText(written.replaceAll('\\n', '\n'));
  return 'wrong' in parts ? parts : { value: { kind: 'text', contentType, parts: parts.value, encode } };
}

const encoders: Readonly<Record<string, ((text: string) => string) | undefined>> = {
  'text/plain': (text) => text,
  'application/x-www-form-urlencoded': (text) => new URLSearchParams([['', text]]).toString().slice(1),
};

/** What is wrong with a path, which does not depend on the URL. */
export function parsePath(written: string): { readonly value: (url: URL) => PathTemplate } | Mistake {
  const parsed = parsePathTemplate(written, { pathname: '/', search: '' });
  if ('wrong' in parsed) return parsed;
  return {
    value: (url) => {
      const template = parsePathTemplate(written, url);
      return 'wrong' in template ? parsed.value : template.value;
    },
  };
}

/** Whether path or headers name values, which differ from one notification to the next. */
export function variesBy({ path, headers }: RequestParts): boolean {
  const url = new URL('http://localhost/');
  return path?.(url).names === true || headers.some(({ names }) => names);
}
