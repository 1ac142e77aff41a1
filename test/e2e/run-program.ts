/** Runs a program to its end. */
import { spawn } from 'node:child_process';

export interface Ending {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The environment to which `env` is added; ours if not given. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly deadlineMs?: number;
}

/** Rejects when the program cannot be started, or is not over within `deadlineMs`: it is then killed. */
export function runProgram(program: string, words: readonly string[], options: RunOptions = {}): Promise<Ending> {
  const { cwd, environment = process.env, env = {}, input = '', deadlineMs = 240_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, env: { ...environment, ...env }, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    // A program that ends before it has read its input is judged by its status.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    // By time: a limit, which a run that passes does not reach.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${program} ${words.join(' ')} ran longer than ${deadlineMs / 1000} s\n${said(output)}`));
    }, deadlineMs);
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, ...output });
    });
  });
}

/** The same, for a program that must succeed. */
export async function runSuccessfully(
  program: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<Ending> {
  const ending = await runProgram(program, words, options);
  if (ending.status === 0) return ending;
  throw new Error(`${program} ${words.join(' ')} ended with status ${ending.status}\n${said(ending)}`);
}

const said = ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string =>
  `${stdout.slice(-4000)}${stderr.slice(-4000)}`;
