/** The programs of docs/programs.md, run as they are printed by a real daemon. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askDaemon } from '../../src/admin/control-client.ts';
import { belfry, startDaemon } from '../e2e/daemon.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { until } from '../support/until.ts';
import { blocksIn } from './blocks.ts';

const blocks = blocksIn('docs/programs.md');
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
  return {
    directory,
    async send(...uids) {
      const events = uids.map((uid) => {
        const uri = `imap://imap.example.org/user/john;UIDVALIDITY=1795242541/;UID=${uid}`;
        return `${JSON.stringify({ event: 'MessageNew', uri, user: 'john' })}\n`;
      });
      writeFileSync(join(directory, 'events'), events.join(''));
      expect(await belfry(['send', '-C', file, '--event', join(directory, 'events')])).toMatchObject({ status: 0 });
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
    }, 120_000);
  },
);
