/** What a schema makes of a text, as tests compare it. */
import type { z } from 'zod';

/** The value, or the message of the first issue. */
export function readAs<T>(schema: z.ZodType<T, string>, written: string): { value: T } | { wrong: string | undefined } {
  const { success, data, error } = schema.safeParse(written);
  return success ? { value: data } : { wrong: error.issues[0]?.message };
}
