/** Takes apart what a decoder answered, so that a test fails with the problem when it wanted a value, and the reverse. */
import type { Decoded, Problem } from '../../src/decode/decoded.ts';

export function accepted<T>(outcome: Decoded<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`expected a value, found the problem: ${JSON.stringify(outcome.problem)}`);
}

export function refused(outcome: Decoded<unknown>): Problem {
  if (!outcome.ok) return outcome.problem;
  throw new Error(`expected a problem, found the value: ${JSON.stringify(outcome.value)}`);
}
