/** What a benchmark in its short form is held to: it says so when it does not reach what minimums.json asks for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { benchmarks, shortfalls } from './measuring.ts';

const minimums: Readonly<Record<string, Readonly<Record<string, number>>>> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'minimums.json'), 'utf8'),
);

test('a ratio below its minimum, one without a minimum and one that is not measured are mistakes', () => {
  expect(shortfalls({ a: 0.5, b: 1 }, { a: 0.5, b: 0.9 })).toEqual([]);
  expect(shortfalls({ a: 0.49 }, { a: 0.5 })).toEqual([expect.stringMatching(/^"a" .*0\.49.*0\.5/)]);
  expect(shortfalls({ a: Number.NaN }, { a: 0.5 })).toEqual([expect.stringMatching(/^"a" .*NaN.*0\.5/)]);
  expect(shortfalls({ a: 1 }, {})).toEqual([expect.stringMatching(/^"a" .*no minimum/)]);
  expect(shortfalls({}, { a: 1 })).toEqual([expect.stringMatching(/^"a" .*measured/)]);
});

test('every benchmark has minimums that can be missed', () => {
  expect(Object.keys(minimums)).toEqual(benchmarks);
  for (const [name, ratios] of Object.entries(minimums)) {
    expect(Object.keys(ratios), name).not.toEqual([]);
    for (const [what, minimum] of Object.entries(ratios)) expect(minimum, `${name}: ${what}`).toBeGreaterThan(0);
  }
});
