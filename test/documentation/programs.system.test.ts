/** The programs of docs/programs.md and the script of docs/scripts.md, run as they are printed by a real daemon. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askDaemon } from '../../src/admin/control-client.ts';
import { belfry, startDaemon } from '../e2e/daemon.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { until } from '../support/until.ts';
import { blocksIn } from './blocks.ts';

const blocks = ['docs/programs.md', 'docs/scripts.md'].flatMap(blocksIn);
const base = scratchDirectory();

/** The configuration that has `option`, and the first block after it in `language`. */
function example(option: string, language: string): { readonly configuration: string; readonly program: string } {
  const at = blocks.findIndex((block) => block.language === 'belfry.conf' && block.text.includes(option));
  const program = blocks.slice(at).find((block) => block.language === language);
  expect([at >= 0, program !== undefined], option).toEqual([true, true]);
  return { configuration: blocks[at]?.text ?? '', program: program?.text ?? '' };
}

interface Running {
  readonly directory: string;
  /** `belfry send`, with these words. */
  command(...words: readonly string[]): Promise<void>;
  /** Sends new mails for john with these UIDs. */
  send(...uids: readonly number[]): Promise<void>;
  /** What `belfry queue --audit` counts for a notifier. */
  counts(notifier: string): Promise<Readonly<Record<string, unknown>>>;
}

/** `paths`: each path of the printed configuration, and what stands for it in `directory`. */
async function run(
  configuration: string,
  paths: Readonly<Record<string, string>>,
  directory: string,
): Promise<Running> {
  let text = `configdirectory: ${directory}\nnotifysocket: ${join(directory, 'notify')}\n${configuration}`;
  for (const [printed, actual] of Object.entries(paths)) {
    expect(text).toContain(printed);
    text = text.replaceAll(printed, join(directory, actual));
  }
  const file = join(directory, 'belfry.conf');
  writeFileSync(file, text);
  await startDaemon(['serve', '-C', file], onTestFinished);
  const command = async (...words: readonly string[]): Promise<void> => {
    expect(await belfry(['send', '-C', file, ...words])).toMatchObject({ status: 0 });
  };
  return {
    directory,
    command,
    async send(...uids) {
      const events = uids.map((uid) => {
        const uri = `imap://imap.example.org/user/john;UIDVALIDITY=1795242541/;UID=${uid}`;
        return `${JSON.stringify({ event: 'MessageNew', uri, user: 'john' })}\n`;
      });
      writeFileSync(join(directory, 'events'), events.join(''));
      await command('--event', join(directory, 'events'));
    },
    async counts(notifier) {
      for await (const answer of (await askDaemon(join(directory, 'control'), { command: 'audit' })) ?? [])
        if ('row' in answer && answer.row.kind === 'audit' && answer.row.notifier === notifier)
          return { ...answer.row };
      return {};
    },
  };
}

const own = (): string => mkdtempSync(join(base, 'p'));

const missingPython =
  spawnSync('python3', ['-c', 'import sqlite3']).status === 0 ? undefined : 'there is no python3 with sqlite3';

describe.skipIf(missingPython !== undefined)(
  `the program in stream mode${missingPython ? ` (skipped: ${missingPython})` : ''}`,
  () => {
    it('stores each event once', async () => {
      const { configuration, program } = example('exec_mode: stream', 'python');
      const directory = own();
      writeFileSync(join(directory, 'store.py'), program);
      const paths = { '/usr/local/libexec/store.py': 'store.py', '/var/lib/belfry/events.db': 'events.db' };
      const daemon = await run(configuration, paths, directory);
      await daemon.send(1, 2, 3);
      await until('three deliveries', async () => (await daemon.counts('store'))['delivered'] === 3);
      const query =
        'import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute("SELECT user, payload FROM event ORDER BY id"): print(*row)';
      const { stdout } = spawnSync('python3', ['-c', query, join(directory, 'events.db')], { encoding: 'utf8' });
      const rows = stdout.split('\n').slice(0, -1);
      expect(rows.map((row) => /^john \{.*;UID=(\d)/.exec(row)?.[1])).toEqual(['1', '2', '3']);
    });
  },
);

it('the script writes what comes for a user', async () => {
  const { configuration, program } = example('script_file', 'js');
  const directory = own();
  mkdirSync(join(directory, 'digest'));
  expect(program).toContain("'/var/lib/belfry/digest'");
  writeFileSync(
    join(directory, 'digest.mjs'),
    program.replace("'/var/lib/belfry/digest'", JSON.stringify(join(directory, 'digest'))),
  );
  const daemon = await run(configuration, { '/etc/belfry/digest.mjs': 'digest.mjs' }, directory);
  await daemon.send(1, 2, 3);
  await until('three deliveries', async () => (await daemon.counts('digest'))['delivered'] === 3);
  const lines = readFileSync(join(directory, 'digest/john'), 'utf8').split('\n').slice(0, -1);
  expect(lines.map((line) => /^\S+ \S+ imap:.*;UID=(\d)$/.exec(line)?.[1])).toEqual(['1', '2', '3']);
});

it('Zephyr gets what a Sieve script sends, and no option', async () => {
  const { configuration, program } = example('zephyr_exec_program', 'bash');
  const directory = own();
  const zwrite = `#!/bin/sh\n{ printf '%s|' "$@"; cat; } >> ${directory}/sent\n`;
  writeFileSync(join(directory, 'zwrite'), zwrite, { mode: 0o755 });
  expect(program).toContain('/usr/bin/zwrite');
  writeFileSync(join(directory, 'zephyr'), program.replace('/usr/bin/zwrite', join(directory, 'zwrite')), {
    mode: 0o755,
  });
  const daemon = await run(configuration, { '/usr/local/libexec/zephyr': 'zephyr' }, directory);
  await daemon.command('-n', 'zephyr', '-c', 'SIEVE', '-u', 'john', '-m', 'INBOX', '-t', 'You have mail');
  await daemon.command('-n', 'zephyr', '-c', 'SIEVE', '-u', '-f/etc/passwd', '-m', 'INBOX', '-t', 'You have mail');
  await until('both are finished', async () => {
    const counts = await daemon.counts('zephyr');
    return counts['delivered'] === 1 && counts['dead'] === 1;
  });
  expect(readFileSync(join(directory, 'sent'), 'utf8')).toBe('-d|-n|-q|-c|MAIL|-i|INBOX|john|You have mail\n');
});
