/** Runs relay.py, which writes down what the mail server sends while it is on its way to the daemon. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Frame, readFrame } from './frame.ts';
import { until } from './until.ts';
import { type Defer, root } from './workspace.ts';

export interface Sent {
  readonly frame: Frame;
  /** How long the daemon's socket made the sender wait, in milliseconds. */
  readonly heldMs: number;
}

export interface Relay {
  /** Passes on what still waits, ends, and answers all that went through, in its order. */
  finish(): Promise<readonly Sent[]>;
}

interface RelayPaths {
  readonly listen: string;
  readonly forward: string;
  readonly record: string;
}

/** Resolves when it receives on `listen`. `forward` must be bound already. */
export async function startRelay({ listen, forward, record }: RelayPaths, defer: Defer): Promise<Relay> {
  const program = join(root, 'test', 'e2e', 'relay.py');
  const child = spawn('python3', [program, listen, forward, record], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  let status: number | null | undefined;
  child.on('close', (code) => {
    status = code;
  });
  defer(() => {
    child.kill('SIGKILL');
  });
  const ended = (): string => `the relay ended with status ${status}: ${output}`;
  await until('the relay to be ready', () => {
    if (status !== undefined) throw new Error(ended());
    return output.includes('ready');
  });
  return {
    async finish() {
      child.kill('SIGTERM');
      await until('the relay to end', () => status !== undefined);
      if (status !== 0) throw new Error(ended());
      return sentIn(await readFile(record, 'utf8'));
    },
  };
}

function sentIn(record: string): readonly Sent[] {
  return record
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { bytes, heldMs }: { bytes: string; heldMs: number } = JSON.parse(line);
      return { frame: readFrame(Buffer.from(bytes, 'base64')), heldMs };
    });
}
