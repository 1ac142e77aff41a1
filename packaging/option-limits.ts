/** The limits of an option, out of its schema: for the reference, and for tests that go to them. */
import { z } from 'zod';
import type { Option } from '../src/option/option.ts';

/** What a value may be, or each part of a list. */
interface Limits {
  readonly words?: readonly string[];
  /** In the unit of the kind: milliseconds, bytes. Absent where there is none but that of all numbers. */
  readonly min?: number;
  readonly max?: number;
}

export function limitsOf(declared: Option): Limits {
  const schema = z.toJSONSchema(declared, { io: 'output', unrepresentable: 'any' });
  const { enum: words, minimum, maximum } = typeof schema.items === 'object' ? (schema.items as typeof schema) : schema;
  return {
    ...(words === undefined ? {} : { words: words.map(String) }),
    ...(minimum === undefined ? {} : { min: minimum }),
    ...(maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? {} : { max: maximum }),
  };
}
