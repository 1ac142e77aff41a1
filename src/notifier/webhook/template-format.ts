/** Format template, and the options that change method, path and headers of any format. */
import type { BodyFormat, FormatContext, Write } from './body-format.ts';
import { contentTypeOf, parseBody, type RequestParts } from './request-parts.ts';
import { render } from './template/text.ts';
import { valuesOf } from './template/values.ts';

/**
 * Requests with the body of the template. It must be one that `requestPartsProblem` accepts. `parts.method` is POST unless
 * it says otherwise; a GET has no body.
 */
export function templateFormat(context: FormatContext, parts: RequestParts, write: Write): BodyFormat {
  const body = parts.body === undefined ? undefined : parseBody(parts.body, contentTypeOf(parts));
  if (body !== undefined && 'wrong' in body) throw new TypeError(`the template was not checked: ${body.wrong}`);
  const headers = body === undefined ? {} : { 'content-type': body.value.contentType };
  return {
    takesSeveral: false,
    request([notification]) {
      const { text, json } = valuesOf(notification, context.services);
      const { pathname, search } = context.url;
      let written = '';
      if (body?.value.kind === 'json') written = write(body.value.template.fill(text, json));
      else if (body !== undefined) written = render(body.value.parts, text, body.value.encode);
      return { value: { method: 'POST', path: `${pathname}${search}`, headers, body: written } };
    },
  };
}

/** The same requests with another method, path and further headers, as far as `parts` names them. */
export function changedFormat(format: BodyFormat, context: FormatContext, parts: RequestParts): BodyFormat {
  const { method, path, headers } = parts;
  if (method === undefined && path === undefined && headers.length === 0) return format;
  const target = path?.(context.url);
  const set = headers.filter(({ removes }) => !removes);
  const removed = new Set(headers.flatMap(({ name, removes }) => (removes ? [name] : [])));
  return {
    takesSeveral: format.takesSeveral,
    request(notifications, traces) {
      const request = format.request(notifications, traces);
      if (!('value' in request)) return request;
      const { text } = valuesOf(notifications[0], context.services);
      const filled = target?.fill(text) ?? { value: request.value.path };
      if ('wrong' in filled) return filled;
      const given = Object.entries(request.value.headers).filter(
        ([name]) => !removed.has(name) && !(method === 'GET' && name === 'content-type'),
      );
      const own = set.map((header) => [header.name, header.fill(text)]);
      return {
        value: {
          ...request.value,
          method: method ?? request.value.method,
          path: filled.value,
          headers: Object.fromEntries([...given, ...own]),
          body: method === 'GET' ? '' : request.value.body,
        },
      };
    },
  };
}
