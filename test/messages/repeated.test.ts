/** Keeps sentences out of assertions: those compare codes, fields and what a sentence names (test/support/facts.ts). */
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { repeatedIn, runsOf } from './repeated.ts';
import { sentencesOf, sourcesIn } from './sentences.ts';

const tests = join(import.meta.dirname, '..');
/** Here the text is the contract, or is not a sentence of the sources at all. */
const exceptions: Readonly<Record<string, string>> = {
  'admin/verdict.test.ts': 'the sentences that make up the verdict, and how they join',
  'cli/render-check.test.ts': 'the layout of a whole report',
  'cli/render-events.test.ts': 'the layout of a whole description',
  'packaging/configuration-reference.test.ts': 'the layout of the generated reference',
  'cli/stream-sender.test.ts': 'a reason that the test itself answers with',
  'intake/accept-queue.test.ts': 'an error that the test itself throws',
  'spool/lmdb/disk/transactions.test.ts': 'an error that the test itself throws',
};

it('no assertion repeats a sentence of the sources', () => {
  const sentences = sourcesIn(join(tests, '../src')).flatMap((path) => {
    const { logged, others } = sentencesOf(path);
    return [...logged, ...others];
  });
  const runs = new Set(sentences.flatMap(runsOf));
  expect(runs.size).toBeGreaterThan(1000);
  const paths = sourcesIn(tests).filter((path) => !/^(messages|documentation|e2e)\//.test(relative(tests, path)));
  const found = paths.flatMap((path) => {
    const name = relative(tests, path);
    const repeated = exceptions[name] === undefined ? repeatedIn(path, runs) : [];
    return repeated.map(({ line, words }) => `${name}:${line}: ${words}`);
  });
  expect(found, 'compare the code, a field or what the sentence names').toEqual([]);
});

it('is found in text and in patterns', () => {
  expect(repeatedIn(import.meta.filename, new Set(['this one is repeated']))).toHaveLength(1);
  expect('perhaps this one is repeated here').toMatch(/this one is repeated here/);
});
