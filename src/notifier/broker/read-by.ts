/** Declares an option whose syntax a function of the method reads. */
import { z } from 'zod';
import { type Declared, type OptionDocs, option } from '../../option/option.ts';
import type { Parsed } from '../parsed.ts';

export function readBy<T, D extends OptionDocs>(parse: (written: string) => Parsed<T>, docs: D): Declared<T, D> {
  const schema = z.string().transform((written, context): T => {
    const parsed = parse(written);
    if ('value' in parsed) return parsed.value;
    context.addIssue(parsed.wrong);
    return z.NEVER;
  });
  return option('text', schema, docs);
}
