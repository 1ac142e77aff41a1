/** What the README promises a stranger: two commands in a fresh clone, with Node and nothing else. */
import { spawn } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { runSuccessfully } from './run-program.ts';
import { type Defer, makeWorkspace, root } from './workspace.ts';

const minutes = 60_000;

/** Ours without what the test runner and npm have put into it, so that a nested run is like one from a shell. */
function shellEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(npm_(lifecycle_.*|package_.*|command|execpath|node_execpath)|INIT_CWD|NODE_ENV|VITEST.*|VITE_.*|TEST|DEV|PROD|MODE|SSR|BASE_URL|CYRUS_PEER)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function inShell(clone: string, command: string, deadlineMs: number): Promise<{ readonly stdout: string }> {
  return runSuccessfully('sh', ['-c', command], { cwd: clone, environment: shellEnvironment(), deadlineMs });
}

/** What is committed, in a directory beside which there is nothing. */
async function freshClone(defer: Defer): Promise<string> {
  const directory = await makeWorkspace(defer);
  const clone = join(directory, 'belfry');
  // The repository may belong to somebody else than to the user that runs this.
  const gitConfiguration = join(directory, 'gitconfig');
  await writeFile(gitConfiguration, '[safe]\n\tdirectory = *\n');
  const env = { GIT_CONFIG_GLOBAL: gitConfiguration };
  await runSuccessfully('git', ['clone', '--quiet', '--no-hardlinks', root, clone], { env });
  return clone;
}

describe('a fresh clone', () => {
  test('npm ci && npm start runs the daemon, what npx belfry send sends is on its log, and tests pass', async () => {
    const clone = await freshClone(onTestFinished);
    await inShell(clone, 'npm ci', 10 * minutes);

    const output = startInShell(clone, 'npm start', onTestFinished);
    await until('the log line "ready"', () => output().includes('"msg":"ready"'), { seen: output });
    const socket = /npx belfry send -f (\S+)/.exec(output())?.[1] ?? '';
    expect(socket).toBe('./run/notify');
    expect((await stat(join(clone, socket))).isSocket()).toBe(true);
    await inShell(clone, `npx belfry send -f ${socket} -t 'Hello from a test'`, minutes);
    await until('the message on the log', () => output().includes('Hello from a test'), { seen: output });

    // Beside it is nothing, and in it only what is committed: that is enough for whatever is imported and read. All tests
    // are run by .ci/run, in another clone.
    await inShell(clone, 'npm run types', 5 * minutes);
    const { stdout } = await inShell(
      clone,
      'npm run test:unit -- test/decode test/documentation test/schema/format',
      25 * minutes,
    );
    process.stdout.write(`\n  tests in a fresh clone:\n${summaryOf(stdout)}\n`);
  });
});

/** Runs until the end of the test; answers what it has printed so far. */
function startInShell(clone: string, command: string, defer: Defer): () => string {
  const child = spawn('sh', ['-c', command], {
    cwd: clone,
    env: shellEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, because npm stands between us and the daemon.
    detached: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise((resolve) => child.on('close', resolve));
  defer(async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  });
  return () => text;
}

const summaryOf = (output: string): string =>
  output
    .split('\n')
    .filter((line) => /Test Files|Tests|Duration/.test(line))
    .join('\n');
