/**
 * The sessions that the documentation prints are played as they are printed, in a directory like a clone, and what is
 * printed there is compared: ids, times and process ids may differ, and `…` stands for anything.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { type Block, blocksIn, documentNames } from './blocks.ts';
import { installProgram } from './program.ts';

const directory = mkdtempSync(join(tmpdir(), 'bf-docs-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const sessionsIn = (name: string): readonly Block[] => blocksIn(name).filter(({ language }) => language === 'console');
const firstSteps = sessionsIn('README.md');
const [overHttp] = sessionsIn('docs/programs-over-http.md');
/** Played in configuration-tests.test.ts. */
const elsewhere = sessionsIn('docs/configuration-tests.md');
const documentedPort = '8090';

/** A command, and what stands below it. */
interface Step {
  readonly command: string;
  readonly expected: readonly string[];
}

/** A line that begins with `$ ` is a command; it goes on where its line ends in a backslash or a pipe. */
function stepsOf({ text }: Block): readonly Step[] {
  const steps: { command: string; expected: string[] }[] = [];
  let goesOn = false;
  for (const line of text.trimEnd().split('\n')) {
    const step = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [] });
    else if (goesOn && step !== undefined) step.command += `\n${line}`;
    else step?.expected.push(line);
    goesOn = (line.startsWith('$ ') || goesOn) && /[|\\]$/.test(line);
  }
  return steps;
}

const ids = /\b0[0-9A-HJKMNP-TV-Z]{25}\b/g;

/** What may differ from one run to the next. */
function normalised(line: string): string {
  return line
    .replace(ids, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\b\d\d:\d\d:\d\d\.\d{3}\b/g, 'TIME')
    .replace(/^Date: .*/, 'Date: TIME')
    .replace(/\bpid=\d+/, 'pid=PID')
    .replace(/\bversion=[\d.]+/, 'version=VERSION')
    .replace(/, \d+(?:s|ms|m) ago/, ', AGE ago')
    .replaceAll(`user=${userInfo().username} `, 'user=USER ')
    .replace('user=root ', 'user=USER ')
    .trimEnd();
}

const linesOf = (text: string): readonly string[] =>
  stripVTControlCharacters(text)
    // npm shows that it is at work.
    .replace(/[\u2800-\u28ff]/g, '')
    .replaceAll('\r', '')
    .split('\n')
    .map(normalised)
    .filter((line) => line !== '');

/** A pattern for the whole output. A line `…` stands for any lines, `…` within one for any text. */
function patternOf(expected: readonly string[]): RegExp {
  const escaped = (line: string): string => line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*');
  const parts = expected
    .map(normalised)
    .filter((line) => line !== '')
    .map((line) => (line === '…' ? '(?:.*\\n)*' : `${escaped(line)}\\n`));
  return new RegExp(`^${parts.join('')}$`);
}

const isAsPrinted = ({ expected }: Step, output: string): boolean =>
  patternOf(expected).test(
    linesOf(output)
      .map((line) => `${line}\n`)
      .join(''),
  );

/** A command that looks at the queue is run again until what was sent before has been delivered. */
async function runUntilAsPrinted(step: Step, command: string): Promise<string> {
  let output = await run(command);
  const looksAtQueue = /\bbelfry queue\b/.test(command);
  for (let attempt = 0; looksAtQueue && attempt < 10 && !isAsPrinted(step, output); attempt++)
    output = await run(command);
  return output;
}

function compare(place: string, step: Step, output: string): void {
  const { command, expected } = step;
  if (!isAsPrinted(step, output)) {
    const actual = linesOf(output)
      .map((line) => `${line}\n`)
      .join('');
    expect({ place, command, printed: actual }).toEqual({
      ...{ place, command },
      printed: expected.map((line) => `${normalised(line)}\n`).join(''),
    });
  }
}

/** As from a shell: without what npm and the test runner tell the programs that they run, npx among them. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE_ENV|VITEST|VITE_)/i.test(name)),
  ),
  PATH: `${join(directory, 'path')}:${process.env['PATH'] ?? ''}`,
  TERM: 'xterm',
  npm_config_progress: 'false',
});

const running: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  for (const daemon of running) await daemon.stop();
});

/** Runs on a terminal until the end of the test; answers what it has printed. */
function startOnTerminal(command: string): () => string {
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd: directory,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  running.push({
    async stop() {
      const daemon = /\bpid=(\d+)/.exec(stripVTControlCharacters(text))?.[1] ?? '';
      child.kill('SIGTERM');
      await ended;
      // Whoever closes the terminal ends the daemon in it, although npm may be gone before the signal comes.
      await until(() => !existsSync(`/proc/${daemon}/exe`));
    },
  });
  return () => text;
}

/** What a command prints. Not waited for in the way of this process, in which a receiver may have to answer. */
function run(command: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: directory, env: environment(), timeout: 50_000 };
    execFile('bash', ['-c', `{ ${command}\n} 2>&1`], options, (_, stdout) => resolve(stdout));
  });
}

beforeAll(() => {
  installProgram(directory);
  // `belfry` without -C reads /etc/belfry.conf, in the place of which stands a file of ours.
  mkdirSync(join(directory, 'path'));
  writeFileSync(join(directory, 'path/npx'), '#!/bin/sh\nname=$1\nshift\nexec "./node_modules/.bin/$name" "$@"\n', {
    mode: 0o755,
  });
  writeFileSync(
    join(directory, 'path/belfry'),
    `#!/bin/sh\nexec '${process.execPath}' '${directory}/bin/belfry' "$@" -C '${directory}/etc-belfry.conf'\n`,
    { mode: 0o755 },
  );
});

it('plays every session that is printed', () => {
  const places = documentNames.flatMap(sessionsIn).map(({ place }) => place);
  expect(places).toEqual([...firstSteps, ...elsewhere, overHttp].map((session) => session?.place));
});

it('the session of the first steps', async () => {
  const [start, others] = firstSteps;
  if (start === undefined || others === undefined) throw new Error('the README has no session');
  const [daemon] = stepsOf(start);
  if (daemon === undefined) throw new Error('the session starts no daemon');
  const printed = startOnTerminal(daemon.command);
  await until(() => printed().includes('ready'));
  for (const step of stepsOf(others)) {
    const output = await runUntilAsPrinted(step, step.command);
    if (step.command.startsWith('cat ')) writeFileSync(join(directory, 'new.json'), `${step.expected.join('\n')}\n`);
    else compare(others.place, step, output);
  }
  // What npm says of what it runs stands nowhere in the README.
  const own = (): string => printed().replace(/^> .*$/gm, '');
  await until(() => (own().match(/notification/g) ?? []).length >= 2);
  compare(start.place, daemon, own());
});

it('the session of programs over HTTP', async () => {
  const session = overHttp;
  if (session === undefined) throw new Error('the page has no session');
  const { PORT: port, RECEIVER: receiverPort } = await freePorts(['PORT', 'RECEIVER']);
  const receiver = createServer((_, answer) => void answer.writeHead(202).end()).listen(
    Number(receiverPort),
    '127.0.0.1',
  );
  running.push({ stop: async () => void receiver.close() });
  const configuration = [
    `configdirectory: ${directory}/http`,
    `http_listen: 127.0.0.1:${port}`,
    ...['notifiers: crm', 'crm_method: webhook', `crm_webhook_url: http://127.0.0.1:${receiverPort}/`],
    ...['event_groups: message flags access', ''],
  ];
  writeFileSync(join(directory, 'etc-belfry.conf'), configuration.join('\n'));
  const event = { uri: 'imap://imap.example.org/user/john;UIDVALIDITY=1795242541', uidset: '6', user: 'john' };
  writeFileSync(
    join(directory, 'events.ndjson'),
    ['FlagsSet', 'MessageRead']
      .map(
        (type) =>
          `${JSON.stringify({ event: type, ...event, ...(type === 'FlagsSet' ? { flagNames: '$Work' } : {}) })}\n`,
      )
      .join(''),
  );
  const printed = startOnTerminal('belfry serve');
  await until(() => printed().includes('ready'));
  const seen = new Map<string, string>();
  for (const step of stepsOf(session)) {
    // An id that the page has printed before stands for the one that was printed here.
    const command = step.command.replaceAll(documentedPort, String(port)).replace(ids, (id) => seen.get(id) ?? id);
    const output = await runUntilAsPrinted(step, command.replace(/^curl /, 'curl -sS '));
    const [there = [], here = []] = [step.expected.join('\n').match(ids) ?? [], output.match(ids) ?? []];
    for (const [index, id] of there.entries()) seen.set(id, here[index] ?? id);
    compare(session.place, step, output);
  }
});
