/** The commands of docs/api.md, as they are printed but for the path of the socket. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { openDaemonLog } from '../../src/log/daemon-log.ts';
import { methods } from '../../src/notifier/table.ts';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import { openMemoryEngine } from '../daemon/memory-engine.ts';
import { until } from '../support/until.ts';
import { blocksIn } from './blocks.ts';

const directory = mkdtempSync(join(tmpdir(), 'bf-'));
const control = join(directory, 'control');
const commands = blocksIn('docs/api.md')
  .filter(({ language }) => language === 'sh')
  .map(({ text }) => text.trim().replaceAll('/var/lib/belfry/control', control));
// `--json` came with curl 7.82.
const hasCurl = /--json/.test(spawnSync('curl', ['--help', 'all'], { encoding: 'utf8' }).stdout ?? '');
let daemon: Daemon;

beforeAll(async () => {
  const text = `configdirectory: ${directory}\nnotifysocket: ${directory}/notify\nnotifiers: crm\ncrm_method: null\n`;
  const { configuration } = loadConfiguration('belfry.conf', { methods, read: () => text });
  if (configuration === undefined) throw new Error('the configuration is wrong');
  const log = openDaemonLog('error');
  daemon = await Daemon.start(configuration, {
    ...{ log, openEngine: openMemoryEngine },
    onFailure: (reason) => {
      throw new Error(reason);
    },
  });
});
afterAll(async () => {
  await daemon.stop();
  rmSync(directory, { recursive: true });
});

it.skipIf(!hasCurl)('are three, and answer (skipped without a curl that knows --json)', async () => {
  expect(commands).toHaveLength(3);
  const [status = '', pause = '', live = ''] = commands;
  const shell = (command: string) => {
    const child = spawn('sh', ['-c', `exec ${command}`], { stdio: ['ignore', 'pipe', 'ignore'] });
    const said = { text: '', child };
    child.stdout.on('data', (chunk: Buffer) => {
      said.text += chunk.toString();
    });
    return said;
  };
  const watching = shell(live);
  await until(() => watching.text.includes('retry:'));
  const sender = openDatagramSender(join(directory, 'notify'));
  await sender.send(
    Buffer.from(JSON.stringify({ event: 'Login', user: 'john', uri: 'imap://h/', timestamp: '2026-12-01T00:00:00Z' })),
  );
  sender.close();
  await until(() => watching.text.includes('"user":"john"'));
  watching.child.kill();
  expect(JSON.parse(spawnAnswer(await ended(shell(pause))))).toEqual({ changed: 0, inProgress: 0 });
  expect(spawnAnswer(await ended(shell(status)))).toMatch(/"headline":"crm is paused until/);
});

const spawnAnswer = ({ text }: { readonly text: string }): string => text;

async function ended<T extends { readonly child: { readonly exitCode: number | null } }>(run: T): Promise<T> {
  await until(() => run.child.exitCode !== null);
  return run;
}
