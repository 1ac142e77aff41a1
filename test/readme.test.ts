/**
 * The generated parts of the README say what the code says. `UPDATE=1 npx vitest run test/readme.test.ts` writes them
 * anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../src/cli/command-line.ts';
import { commandReference } from '../src/cli/command-reference.ts';
import { configurationReference } from '../src/config/reference.ts';
import { errorCodes } from '../src/error.ts';
import { methods } from '../src/notifier/table.ts';

const file = join(import.meta.dirname, '../README.md');

const program = await commandLine({ out() {}, err() {}, exit() {} });
const parts: Readonly<Record<string, string>> = {
  commands: commandReference(program),
  reference: configurationReference(methods),
  errors: [
    '| Code | Exit status | Meaning |',
    '| --- | --- | --- |',
    ...Object.entries(errorCodes).map(([code, { exit, meaning }]) => `| \`${code}\` | ${exit} | ${meaning} |`),
    '',
  ].join('\n'),
};

function withPart(readme: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const start = readme.indexOf(begin) + begin.length;
  const stop = readme.indexOf(end);
  if (start < begin.length || stop < 0) throw new Error(`README.md has no place for ${name}`);
  return `${readme.slice(0, start)}\n${text}\n${readme.slice(stop)}`;
}

describe('the README', () => {
  it.each(Object.entries(parts))('has the %s that the code has', (name, text) => {
    const readme = readFileSync(file, 'utf8');
    const expected = withPart(readme, name, text);
    if (process.env['UPDATE']) writeFileSync(file, expected);
    else expect(readme).toBe(expected);
  });

  it('names the two commands', () => {
    const readme = readFileSync(file, 'utf8');
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
  });
});
