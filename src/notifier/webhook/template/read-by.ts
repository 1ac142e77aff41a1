/** Makes the schema of an option out of a function that reads a template. */
import { z } from 'zod';

/** Where a mistake has a place, the message names the character. */
export function readBy<T>(
  parse: (written: string) => { readonly value: T } | { readonly wrong: string; readonly at: number },
): z.ZodType<T, string> {
  return z.string().transform((written, context): T => {
    const parsed = parse(written);
    if ('value' in parsed) return parsed.value;
    context.addIssue(parsed.at === 0 ? parsed.wrong : `${parsed.wrong} (at character ${parsed.at + 1})`);
    return z.NEVER;
  });
}
