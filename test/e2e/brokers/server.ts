/** A real server of another project, for one run: on a port and in a directory of its own, killed and started at will. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import type { Defer } from '../workspace.ts';

/** Also where services are, which a user has not in the path. */
const directories = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];

/** The file of a program, or undefined where it is not installed. */
function programFile(name: string): string | undefined {
  return directories.map((directory) => join(directory, name)).find((file) => existsSync(file));
}

/** The title of tests that need a program of Debian, and whether they must be skipped: `describe.skipIf(skipped)(title, …)`. */
export function needing(
  title: string,
  program: string,
  debian = program,
): { readonly skipped: boolean; readonly title: string } {
  const skipped = programFile(program) === undefined;
  const why = `: SKIPPED, ${program} is not installed (on Debian: apt-get install ${debian})`;
  return { skipped, title: `${title}${skipped ? why : ''}` };
}

export interface ServerSettings {
  /** Its name; see {@link programFile}. */
  readonly program: string;
  readonly words: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether it does its work already; a throw means no. See {@link greets}. */
  answers(): Promise<boolean>;
  /** How long it may take to answer after it was started. */
  readonly deadlineMs?: number;
}

export interface RealServer {
  /** Process id of the life that runs. */
  pid(): number;
  /** All it has written, of every life. */
  output(): string;
  /** Dies as in a crash, with all of its process group. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts again after `kill` or `stop`, on the same port and directory. Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it as its service does. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts it and waits until it answers. Killed by `defer`, with the programs that it has started. */
export async function startServer(settings: ServerSettings, defer: Defer): Promise<RealServer> {
  const { program, words, env = {}, cwd, deadlineMs = 120_000 } = settings;
  const file = programFile(program);
  if (file === undefined) throw new Error(`${program} is not installed`);
  let text = '';
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();

  async function start(): Promise<void> {
    // A process group of its own: rabbitmq-server is a script that starts others.
    const own = spawn(file ?? '', words, { cwd, env: { ...process.env, ...env }, detached: true, stdio: 'pipe' });
    child = own;
    for (const stream of [own.stdout, own.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
    }
    own.stdin.end();
    ended = new Promise((resolve) => {
      own.on('error', (error) => {
        text += String(error);
        resolve();
      });
      own.on('close', () => resolve());
    });
    void ended.then(() => {
      if (child === own) child = undefined;
    });
    await until(
      `${program} to answer`,
      () => {
        if (child === undefined) throw new Error(`${program} has ended:\n${text.slice(-4000)}`);
        return settings.answers().catch(() => false);
      },
      { deadlineMs, seen: () => text.slice(-4000) },
    );
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const { pid } = child ?? {};
    if (pid === undefined) return;
    try {
      process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
    } catch {
      // It has ended by itself.
    }
    await ended;
  }

  defer(() => end('SIGKILL'));
  await start();
  return {
    pid: () => child?.pid ?? 0,
    output: () => text,
    kill: () => end('SIGKILL'),
    start,
    stop: () => end('SIGTERM'),
  };
}

/** Whether a server on `port` of 127.0.0.1, to which `text` is sent, answers something that matches. */
export function greets(port: number, text: string, answer: RegExp): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let got = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      got += chunk;
      if (answer.test(got)) socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer.test(got)));
    socket.setTimeout(5000, () => socket.destroy());
    socket.write(text);
  });
}
