/**
 * Pins the wording of what people read, one file for each area, so that other tests need not: they compare codes, options
 * and numbers. After a change of a sentence, `UPDATE=1 npx vitest run test/messages` writes the files, and the diff shows it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sentencesOf, sourcesIn } from './sentences.ts';

const source = join(import.meta.dirname, '../../src');
const others = (...folders: readonly string[]) =>
  folders.flatMap((folder) => sourcesIn(join(source, folder)).flatMap((path) => sentencesOf(path).others));

it.each([
  ['log', () => sourcesIn(source).flatMap((path) => sentencesOf(path).logged)],
  ['configuration', () => others('config', 'option')],
  ['commands', () => others('cli', 'admin')],
  ['doctor', () => others('doctor')],
  ['intake', () => others('intake')],
  ['decoding', () => others('decode', 'schema', 'examine', 'filter')],
  ['delivery', () => others('base', 'daemon', 'dispatch', 'notifier', 'os', 'spool')],
] as const)('the sentences of %s are those of its file', (area, sentences) => {
  const file = join(import.meta.dirname, `${area}.txt`);
  const text = [...new Set(sentences())]
    .map((sentence) => `${JSON.stringify(sentence).slice(1, -1)}\n`)
    .sort()
    .join('');
  if (process.env['UPDATE']) writeFileSync(file, text);
  expect(text.length).toBeGreaterThan(500);
  expect(text).toBe(readFileSync(file, 'utf8'));
});
