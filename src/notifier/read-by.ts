/** Makes the schema of an option out of the function of a method that reads its syntax. */
import { z } from 'zod';
import type { Parsed } from './parsed.ts';

/** Where a mistake has a place after the beginning, the message names the character. */
export function readBy<T>(
  parse: (written: string) => Parsed<T> | { readonly wrong: string; readonly at: number },
): z.ZodType<T, string> {
  return z.string().transform((written, context): T => {
    const parsed = parse(written);
    if ('value' in parsed) return parsed.value;
    const { wrong } = parsed;
    context.addIssue('at' in parsed && parsed.at > 0 ? `${wrong} (at character ${parsed.at + 1})` : wrong);
    return z.NEVER;
  });
}
