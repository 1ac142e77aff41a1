/** The cases that docs/configuration-tests.md shows print what it says there, and those that are shipped pass. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { said } from '../cli/said.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { blocksIn, root } from './blocks.ts';

const directory = scratchDirectory();
const blocks = blocksIn('docs/configuration-tests.md');
const [configuration = '', cases = '', session = ''] = ['belfry.conf', 'json', 'console'].map(
  (language) => blocks.find((block) => block.language === language)?.text,
);

it('the session of the page', async () => {
  writeFileSync(join(directory, 'belfry.conf'), `configdirectory: ${directory}\n${configuration}`);
  writeFileSync(join(directory, 'cases.json'), cases);
  const [command = '', ...printed] = session.split('\n');
  expect(command).toBe('$ belfry check -C belfry.conf --cases cases.json');
  const words = ['check', '-C', join(directory, 'belfry.conf'), '--cases', join(directory, 'cases.json')];
  const { out, status } = await said(words);
  expect(out.replace(`${directory}/`, '')).toBe(printed.join('\n'));
  expect(status).toBe(65);
});

it('the examples in config/cases pass', async () => {
  const folder = join(root, 'config/cases');
  // One of this machine, if there is any, is not what is tried.
  const other = ['--imapd-conf', join(folder, 'example.conf')];
  const { out, err, status } = await said(['check', '-C', join(folder, 'example.conf'), ...other, '--cases', folder]);
  expect([err, status]).toEqual(['', 0]);
  expect(out.match(/^ {2}ok /gm)?.length).toBeGreaterThan(7);
});
