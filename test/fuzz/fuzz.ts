/** What the fuzz tests have in common: how long they run, how a real input is damaged, and that nothing is kept. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** For each property, where that is asked for: FUZZ_SECONDS=600 makes a long run of it. */
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0);

/** Time limit of one test, in milliseconds. */
export const fuzzTimeoutMs = seconds * 1_000 + 60_000;

/**
 * As many runs as fit the time; otherwise `runs`, so that a slow or busy machine tries the same as a fast one. They find
 * what is easy to find.
 */
export function fuzzRuns(runs = 500): fc.Parameters<unknown> {
  if (seconds === 0) return { numRuns: runs };
  return { numRuns: 1_000_000_000, interruptAfterTimeLimit: seconds * 1_000, markInterruptAsFailure: false };
}

type Edit =
  | { readonly kind: 'set'; readonly at: number; readonly with: readonly number[] }
  | { readonly kind: 'insert'; readonly at: number; readonly with: readonly number[] }
  | { readonly kind: 'delete'; readonly at: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number };

/**
 * Inputs of which some bytes were changed, put in, taken out or doubled, or the end cut off. `tokens` are byte sequences
 * that mean something in the format; they are put in more often than others.
 */
export function damaged(inputs: readonly Uint8Array[], tokens: readonly string[]): fc.Arbitrary<Uint8Array> {
  /** A place as a fraction of the length. */
  const at = fc.double({ min: 0, max: 1, noNaN: true });
  const length = fc.nat({ max: 20 });
  const bytes = fc.oneof(
    fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(...tokens).map((token) => [...Buffer.from(token)]),
  );
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at, with: bytes }),
    fc.record({ kind: fc.constant('insert' as const), at, with: bytes }),
    fc.record({ kind: fc.constant('delete' as const), at, length }),
    fc.record({ kind: fc.constant('repeat' as const), at, length }),
    fc.record({ kind: fc.constant('cut' as const), at }),
  );
  return fc
    .tuple(fc.constantFrom(...inputs), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([input, edits]) => edits.reduce(applied, input));
}

function applied(input: Uint8Array, edit: Edit): Uint8Array {
  const at = Math.floor(edit.at * input.length);
  const before = input.subarray(0, at);
  switch (edit.kind) {
    case 'set':
      return Buffer.concat([before, Uint8Array.from(edit.with), input.subarray(at + edit.with.length)]);
    case 'insert':
      return Buffer.concat([before, Uint8Array.from(edit.with), input.subarray(at)]);
    case 'delete':
      return Buffer.concat([before, input.subarray(at + edit.length)]);
    case 'repeat':
      return Buffer.concat([before, input.subarray(at, at + edit.length), input.subarray(at)]);
    case 'cut':
      return before;
  }
}

/** A test that throws what `inputs` makes at `check`, and sees that nothing of it is kept. */
export function fuzz<T>(name: string, inputs: fc.Arbitrary<T>, check: (input: T) => void): void {
  it(
    name,
    () => {
      const growth = heapGrowth(() => fc.assert(fc.property(inputs, check), fuzzRuns()));
      expect(growth).toBeLessThan(heapAllowance);
    },
    fuzzTimeoutMs,
  );
}

/** Runs `work` and answers by how many bytes the heap is larger afterwards, garbage aside. */
function heapGrowth(work: () => void): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  work();
  collectGarbage();
  return process.memoryUsage().heapUsed - before;
}

/** What tests, tools and compiled code may need meanwhile; a decoder that keeps its input needs far more in a second. */
const heapAllowance = 32 * 1024 * 1024;
