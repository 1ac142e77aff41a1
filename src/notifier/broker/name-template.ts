/** Templates of streams and subjects: the administrator writes the structure, the values of a notification only fill it. */
import { z } from 'zod';
import { type Declared, type OptionDocs, option } from '../../option/option.ts';
import type { Notification, Services } from '../notifier.ts';
import type { Parsed } from '../parsed.ts';
import { parseTemplate } from '../template/template.ts';
import { templateValues } from '../template/values.ts';
import { tokenOf } from './token.ts';

/** What the names of one kind of broker are made of. */
export interface NameRules {
  /** Characters of values that are percent-encoded, with the flags g and u. See `tokenOf`. */
  readonly unsafe: RegExp;
  /** The longest name, in bytes. */
  readonly maxBytes: number;
  /** What is wrong with a name, values included, beyond its length. */
  wrongIn(name: string): string | undefined;
}

export interface NameTemplate {
  /** What it asks for. */
  readonly names: readonly string[];
  /** The name for a notification, or why there can be none. */
  render(notification: Notification, services: Pick<Services, 'name' | 'servername'>): Parsed<string>;
}

/** Declares an option of this syntax. A template that could not make a name of any values is a mistake in the file. */
export function nameTemplate<D extends OptionDocs>(docs: D, rules: NameRules): Declared<NameTemplate, D> {
  const schema = z.string().transform((written, context): NameTemplate => {
    const parsed = parseNameTemplate(written, rules);
    if ('value' in parsed) return parsed.value;
    context.addIssue(parsed.wrong);
    return z.NEVER;
  });
  return option('text', schema, docs);
}

function parseNameTemplate(written: string, rules: NameRules): Parsed<NameTemplate> {
  const template = parseTemplate(written);
  if ('wrong' in template) return template;
  const { names, render } = template.value;
  const checked = (name: string): Parsed<string> => {
    const bytes = Buffer.byteLength(name);
    if (bytes > rules.maxBytes) {
      return { wrong: `it would be ${bytes} bytes long, more than ${rules.maxBytes}` };
    }
    const wrong = rules.wrongIn(name);
    return wrong === undefined ? { value: name } : { wrong };
  };
  // Every value is at least one harmless character.
  const example = checked(render(() => 'x'));
  if ('wrong' in example) return example;
  if (names.length === 0) return { value: { names, render: () => example } };
  return {
    value: {
      names,
      render(notification, { name: notifier, servername }) {
        const lookUp = templateValues(notification, { notifier, servername });
        return checked(render((name) => tokenOf(lookUp(name), rules.unsafe)));
      },
    },
  };
}
