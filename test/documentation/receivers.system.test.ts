/** The receivers of docs/receivers.md, run as they are printed, behind a real daemon: each event is stored once. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bodySchemas } from '../../packaging/body-schemas.ts';
import { askDaemon } from '../../src/admin/control-client.ts';
import { formatNames } from '../../src/notifier/webhook/body-options.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { blocksIn, root } from './blocks.ts';
import { installProgram } from './program.ts';

const page = 'docs/receivers.md';
const text = readFileSync(join(root, page), 'utf8');
const blocks = blocksIn(page);
const [webhookConf = '', execConf = ''] = blocks.flatMap((block) =>
  block.language === 'belfry.conf' ? [block.text] : [],
);
const source = (language: string): string => blocks.find((block) => block.language === language)?.text ?? '';
const token = /_webhook_authorization: Bearer (\S+)/.exec(webhookConf)?.[1] ?? '';

const base = scratchDirectory();
const ownDirectory = (): string => mkdtempSync(join(base, 'r'));

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0).reverse()) await end(child, 'SIGTERM');
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill(signal);
  await ended;
}

/** Starts a program; resolves when it has printed this. */
async function start(
  command: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  ready: string,
): Promise<ChildProcess> {
  const child = spawn(command, words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  await until(() => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output}`);
    return output.includes(ready);
  });
  return child;
}

let launcher = '';
beforeAll(() => {
  launcher = installProgram(ownDirectory());
});

interface Belfry {
  readonly directory: string;
  run(...words: readonly string[]): Promise<string>;
  send(...events: readonly object[]): Promise<void>;
  /** What `belfry queue --audit` counts for a notifier. */
  counts(notifier: string): Promise<Readonly<Record<string, unknown>>>;
}

/** A daemon with this configuration, which runs until the end of the test. */
async function startBelfry(configuration: string): Promise<Belfry> {
  const directory = ownDirectory();
  const file = join(directory, 'belfry.conf');
  writeFileSync(file, `configdirectory: ${directory}\nevent_groups: message flags\n${configuration}`);
  await start(process.execPath, [launcher, 'serve', '-C', file, '--output', 'json'], {}, '"msg":"ready"');
  const run = (...words: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile(process.execPath, [launcher, ...words, '-C', file], (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`belfry ${words.join(' ')}: ${stderr}`));
      });
    });
  let count = 0;
  return {
    directory,
    run,
    async send(...events) {
      const name = join(directory, `${count++}.ndjson`);
      writeFileSync(name, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      await run('send', '--event', name);
    },
    // Asked without a command, because it is asked until the answer is the right one.
    async counts(notifier) {
      for await (const answer of (await askDaemon(join(directory, 'control'), { command: 'audit' })) ?? [])
        if ('row' in answer && answer.row.kind === 'audit' && answer.row.notifier === notifier)
          return { ...answer.row };
      return {};
    },
  };
}

const newMail = (uid: number): object => ({
  event: 'MessageNew',
  uri: `imap://imap.example.org/user/john;UIDVALIDITY=1795242541/;UID=${uid}`,
  user: 'john',
});

const missingPython =
  spawnSync('python3', ['-c', 'import sqlite3']).status === 0 ? undefined : 'there is no python3 with sqlite3';

/** How each receiver is run, and how what it has stored is read: bodies by ids. */
const receivers = [
  {
    language: 'js',
    file: 'receiver.mjs',
    command: process.execPath,
    missing: undefined,
    stored: (file: string): readonly string[] =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
  },
  {
    language: 'python',
    file: 'receiver.py',
    command: 'python3',
    missing: missingPython,
    stored: (file: string): readonly string[] =>
      spawnSync(
        'python3',
        [
          '-c',
          'import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM event"): print(*row)',
          file,
        ],
        { encoding: 'utf8' },
      )
        .stdout.split('\n')
        .filter((line) => line !== ''),
  },
];

for (const { language, file, command, missing, stored } of receivers) {
  describe.skipIf(missing !== undefined)(
    `the receiver in ${language}${missing ? ` (skipped: ${missing})` : ''}`,
    () => {
      const startReceiver = (directory: string, port: string): Promise<ChildProcess> => {
        writeFileSync(join(directory, file), source(language));
        const env = { TOKEN: token, PORT: port, FILE: join(directory, 'stored') };
        return start(command, [join(directory, file)], env, `receiving on port ${port}`);
      };

      it('stores each event once, also when it is killed and when everything is replayed', async () => {
        expect(webhookConf).toContain(':8080/');
        const { PORT: port } = await freePorts(['PORT']);
        const directory = ownDirectory();
        const receiver = await startReceiver(directory, port);
        const belfry = await startBelfry(webhookConf.replace(':8080/', `:${port}/`));
        const delivered = (count: number): Promise<unknown> =>
          until(`${count} deliveries`, async () => (await belfry.counts('crm'))['delivered'] === count);

        await belfry.send(newMail(1), newMail(2));
        await delivered(2);
        expect(stored(join(directory, 'stored'))).toHaveLength(2);
        await belfry.run('replay', '-n', 'crm', '--since', '1h');
        await delivered(4);
        expect(stored(join(directory, 'stored'))).toHaveLength(2);

        await end(receiver, 'SIGKILL');
        // What a crash leaves behind in a file that is written line by line.
        if (language === 'js') writeFileSync(join(directory, 'stored'), '{"id":"01M7', { flag: 'a' });
        await belfry.send(newMail(4));
        await until('it to be deferred', async () => (await belfry.counts('crm'))['deferred'] === 1);
        await startReceiver(directory, port);
        await belfry.run('queue', 'retry');
        await delivered(5);
        expect(stored(join(directory, 'stored'))).toHaveLength(3);
        expect(stored(join(directory, 'stored')).at(-1)).toContain(';UID=4');
      });

      it('takes nothing from others, nothing old and nothing that is no JSON; numbers stay exact', async () => {
        const { PORT: port } = await freePorts(['PORT']);
        const directory = ownDirectory();
        await startReceiver(directory, port);
        const post = async (id: string, body: string, more: Readonly<Record<string, string>> = {}): Promise<number> => {
          const now = String(Math.floor(Date.now() / 1000));
          const identity = { 'webhook-id': id, 'webhook-timestamp': now, authorization: `Bearer ${token}` };
          const headers = { ...identity, ...more };
          return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers })).status;
        };
        expect(await post('a', '{}', { authorization: `Bearer ${token}x` })).toBe(401);
        expect(await post('b', '{}', { authorization: '' })).toBe(401);
        expect(await post('c', '{}', { 'webhook-timestamp': '1614265330' })).toBe(401);
        expect(await post('d', '{')).toBe(400);
        expect(existsSync(join(directory, 'stored')) ? stored(join(directory, 'stored')) : []).toEqual([]);
        expect(await post('e', '{"modseq":9007199254740993}')).toBe(204);
        expect(await post('e', '{"modseq":9007199254740993}')).toBe(204);
        expect(stored(join(directory, 'stored')).map((line) => /9007199254740993/.test(line))).toEqual([true]);
      });
    },
  );
}

/** The first column of the table below a heading. */
function firstColumn(heading: string): readonly string[] {
  const section = text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const table = section.slice(section.indexOf('| ')).split('\n\n')[0] ?? '';
  return [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);
}

it('the program for exec keeps each event in a file, and the page names every variable', async () => {
  const directory = ownDirectory();
  const kept = join(directory, 'new-mail');
  const hook = join(directory, 'hook');
  const dump = join(directory, 'dump');
  writeFileSync(hook, source('bash'));
  writeFileSync(dump, `#!/bin/sh\nenv >'${directory}/env'\ncat >/dev/null\n`);
  for (const file of [hook, dump]) chmodSync(file, 0o755);
  const hookConf = execConf
    .replace('/usr/local/libexec/new-mail', hook)
    .replace('/var/lib/belfry/new-mail', kept)
    .replace('notifiers: hook', `notifiers: hook dump\ndump_method: exec\ndump_exec_program: ${dump}`);
  const belfry = await startBelfry(hookConf);
  await belfry.send(newMail(7));
  await until(() => existsSync(kept) && readdirSync(kept).some((name) => name.endsWith('.json')));
  const [name = ''] = readdirSync(kept).filter((one) => !one.startsWith('.'));
  expect(name).toMatch(/^0[0-9A-Z]{25}\.json$/);
  expect(JSON.parse(readFileSync(join(kept, name), 'utf8'))).toEqual(newMail(7));
  await until(
    () => existsSync(join(directory, 'env')) && readFileSync(join(directory, 'env'), 'utf8').includes('BELFRY_MAILBOX'),
  );
  const names = [...readFileSync(join(directory, 'env'), 'utf8').matchAll(/^(\w+)=/gm)].map(([, one = '']) => one);
  const own = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'PWD', 'OLDPWD', 'SHLVL', '_'];
  const given = names.filter((one) => !own.includes(one));
  expect([...firstColumn('The environment of a program')].sort()).toEqual(given.sort());
});

it('the page names every format of a webhook, with the message that describes it', async () => {
  const rows = firstColumn('The body of a webhook');
  expect([...rows].sort()).toEqual([...formatNames].sort());
  for (const [name, { format }] of Object.entries(bodySchemas))
    expect(text).toMatch(new RegExp(`^\\| \`${format}\` \\|.*\`${name}\``, 'm'));
});

it('the page names every header of a webhook', async () => {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await until(() => server.listening);
  const { port } = server.address() as AddressInfo;
  try {
    const belfry = await startBelfry(webhookConf.replace(':8080/', `:${port}/`));
    await belfry.send(newMail(8));
    await until(() => seen.length > 0);
  } finally {
    server.close();
    server.closeAllConnections();
  }
  // HTTP itself needs these two.
  const sent = Object.keys(seen[0] ?? {}).filter((name) => !['host', 'connection'].includes(name));
  expect([...firstColumn('The headers of a webhook')].sort()).toEqual(sent.sort());
});
