/** What the templates of a webhook ask for. */
import type { TemplateNames } from '../template/names.ts';
import { type BodyValues, partsOf } from './body-options.ts';
import { contentTypeOf, parseBody } from './request-parts.ts';
import { ownNames } from './template/own-names.ts';
import { render } from './template/text.ts';

/** Of the templates that are written: each is filled in, and notes what it is asked for. */
export function namesInParts(values: BodyValues): readonly TemplateNames[] {
  const { path, headers, body } = values;
  const namesOf = (option: string, fill: (note: (name: string) => string) => unknown): TemplateNames => {
    const names: string[] = [];
    fill((name) => {
      names.push(name);
      return 'x';
    });
    return { option, names, own: ownNames };
  };
  const template = body === undefined ? undefined : parseBody(body, contentTypeOf(partsOf(values)));
  return [
    namesOf('path', (note) => path?.(new URL('http://localhost/')).fill(note)),
    namesOf('headers', (note) => headers?.map((header) => header.fill(note))),
    namesOf('body', (note) => {
      if (template === undefined || 'wrong' in template) return;
      if (template.value.kind === 'json') template.value.template.fill(note, note);
      else render(template.value.parts, note);
    }),
  ];
}
