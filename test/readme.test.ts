/**
 * The README is short and names the two commands, and the pages of docs/reference say what the code says.
 * `UPDATE=1 npx vitest run test/readme.test.ts` writes those pages anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { referencePages } from '../packaging/reference-pages.ts';

const root = join(import.meta.dirname, '..');
const pages = await referencePages();

describe('docs/reference', () => {
  const directory = join(root, 'docs/reference');

  it.each(Object.entries(pages))('%s says what the code says', (name, text) => {
    const file = join(directory, name);
    if (process.env['UPDATE']) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('has no other page', () => {
    expect(readdirSync(directory).sort()).toEqual(Object.keys(pages).sort());
  });
});

describe('the README', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');

  it('has at most 150 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  it('names the two commands', () => {
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
  });
});
