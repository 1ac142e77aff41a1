/** Runs relay.py or stream-relay.py, which write down what the mail server sends while it is on its way to the daemon. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { type Frame, readFrame, readStreamFrame } from './frame.ts';
import { type Defer, root } from './workspace.ts';

export type Transport = 'datagrams' | 'stream';

export interface Sent {
  readonly frame: Frame;
  /** Length of the request, in bytes. */
  readonly size: number;
  /** How long the daemon made the sender wait, in milliseconds: for room in the socket, or for the answer. */
  readonly heldMs: number;
  /** Of a stream. */
  readonly answer?: string;
}

export interface Relay {
  /** Passes on what still waits, ends, and answers all that went through, in its order. */
  finish(): Promise<readonly Sent[]>;
}

interface RelayPaths {
  readonly transport?: Transport;
  readonly listen: string;
  readonly forward: string;
  readonly record: string;
}

/** Resolves when it receives on `listen`. `forward` must be bound already. */
export async function startRelay(paths: RelayPaths, defer: Defer): Promise<Relay> {
  const { transport = 'datagrams', listen, forward, record } = paths;
  const program = join(root, 'test', 'e2e', transport === 'stream' ? 'stream-relay.py' : 'relay.py');
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
      return sentIn(await readFile(record, 'utf8'), transport);
    },
  };
}

function sentIn(record: string, transport: Transport): readonly Sent[] {
  return record
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { bytes, heldMs, answer }: { bytes: string; heldMs: number; answer?: string } = JSON.parse(line);
      const request = Buffer.from(bytes, 'base64');
      return {
        frame: transport === 'stream' ? readStreamFrame(request) : readFrame(request),
        size: request.length,
        heldMs,
        ...(answer === undefined ? {} : { answer: Buffer.from(answer, 'base64').toString('latin1') }),
      };
    });
}
