/** The code of docs/contributing.md: its parts have the types that they need, and the notifier delivers to a real named pipe. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFifo } from '../notifier/make-fifo.ts';
import { blocksIn, root } from './blocks.ts';

const blocks = blocksIn('docs/contributing.md').filter(({ language }) => language === 'ts');

function blockWith(what: string): string {
  const [found, ...more] = blocks.filter(({ text }) => text.includes(what));
  if (found === undefined || more.length > 0) throw new Error(`there must be one block with ${what}`);
  return found.text;
}

const notifier = blockWith('defineMethod(');

/** Where each part would stand, with what the page leaves out because it depends on the rest of the file. */
const files: Readonly<Record<string, string>> = {
  'src/notifier/fifo.ts': notifier,
  'test/notifier/fifo.test.ts': `
    import { fifo } from '../../src/notifier/fifo.ts';
    import { notifierContract } from '../contract/notifier.ts';
    import { openMethod } from './open-method.ts';
    declare const pipe: string;
    declare const idsThatTheReaderHasGot: readonly string[];
    declare const reader: { close(): Promise<void> };
    ${blockWith('notifierContract(')}`,
  'src/intake/follow-kind.ts': `
    import { patterns } from '../option/types.ts';
    import { defineIntake } from './intake.ts';
    ${blockWith('defineIntake<')}`,
  'src/intake/follow.ts': `
    import type { Intake } from './intake.ts';
    export declare function openFollowIntake(options: { readonly path: string }): Promise<Intake>;`,
};

it('has a place for every block', () => {
  const all = Object.values(files).join('\n');
  expect(blocks.filter(({ text }) => !all.includes(text)).map(({ place }) => place)).toEqual([]);
});

it('has the types that it needs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-contributing-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const configuration = {
    extends: join(root, 'tsconfig.json'),
    // As if both directories were one.
    compilerOptions: { noEmit: true, rootDirs: [directory, root], typeRoots: [join(root, 'node_modules/@types')] },
    include: [join(directory, '**/*')],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(configuration));
  writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', directory], { encoding: 'utf8', cwd: directory });
  expect(stdout).toBe('');
});

it('delivers to a named pipe, and retries while nothing reads it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-contributing-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  makeFifo(join(directory, 'pipe'));
  writeFileSync(
    join(directory, 'fifo.mts'),
    notifier.replaceAll("'../", `'${root}/src/`).replaceAll("'./", `'${root}/src/notifier/`),
  );
  const script = `
    import { constants, openSync, readSync } from 'node:fs';
    import { fifo } from ${JSON.stringify(join(directory, 'fifo.mts'))};
    import { openMethod } from ${JSON.stringify(join(root, 'test/notifier/open-method.ts'))};
    import { eventNotification } from ${JSON.stringify(join(root, 'test/notifier/samples.ts'))};
    const pipe = ${JSON.stringify(join(directory, 'pipe'))};
    const notifier = await openMethod(fifo, { path: pipe });
    const deliver = () =>
      notifier.notify([{ notification: eventNotification("01M7YTDTMP8ZHZC00000000001"), attempt: 1, lane: '' }], new AbortController().signal, () => {});
    const before = await deliver();
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const after = await deliver();
    const bytes = Buffer.alloc(4096);
    const line = bytes.toString('utf8', 0, readSync(reader, bytes));
    console.log(JSON.stringify({ before, after, id: JSON.parse(line).id }));
    await notifier.close();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: root,
  });
  expect(stderr).toBe('');
  const { before, after, id } = JSON.parse(stdout);
  expect(before).toMatchObject([{ status: 'retry' }]);
  expect(after).toMatchObject([{ status: 'delivered' }]);
  expect(id).toBe('01M7YTDTMP8ZHZC00000000001');
});
