/**
 * The mail server's side of the notify socket as a C program, and a sink that throws everything away: what no daemon can
 * be faster than. They are compiled where they are needed, from test/bench/native.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { runProgram, runSuccessfully } from './run-program.ts';
import { type Defer, root } from './workspace.ts';

const sources = join(root, 'test', 'bench', 'native');

/** Why nothing can be sent here; undefined when it can. */
export async function senderIsMissing(): Promise<string | undefined> {
  const compiler = await runProgram('cc', ['--version']).catch(() => undefined);
  return compiler?.status === 0 ? undefined : 'there is no C compiler (cc); on Debian: apt-get install gcc libc6-dev';
}

/** A FlagsSet of 488 bytes that names no method, as a datagram. */
export const flagsSet = (): Promise<Buffer> => readFile(join(sources, 'flags-set.bin'));

/** What the sender has seen of one run. Each request was a sendto(2) of its own on a new blocking socket. */
export interface SendReport {
  readonly n: number;
  /** How many sendto(2) failed. */
  readonly errors: number;
  readonly perSecond: number;
  /** How long sendto(2) slept, in microseconds. */
  readonly p50us: number;
  readonly p99us: number;
  readonly p999us: number;
  readonly maxUs: number;
  /** Processor time of the sender for a request, in microseconds. */
  readonly processorUs: number;
}

interface Sink {
  /** Resolves once it has taken all, with the processor time for a datagram in microseconds. */
  readonly processorUs: () => Promise<number>;
}

export interface Sender {
  /** Sends `count` copies of its datagram: as fast as they are taken, or so many a second. */
  send(socket: string, count: number, perSecond?: number): Promise<SendReport>;
  /** Starts the sink on `socket`; it ends by itself after `count` datagrams. */
  sink(socket: string, count: number, defer: Defer): Promise<Sink>;
}

/** Sends the FlagsSet, with `padding` more bytes, or `other` in its place. */
export async function compileSender(directory: string, padding = 0, other?: Uint8Array): Promise<Sender> {
  const programs = { send: join(directory, 'send'), sink: join(directory, 'sink') };
  const datagram = join(directory, 'datagram');
  await writeFile(datagram, other ?? padded(await flagsSet(), padding));
  for (const [name, file] of Object.entries(programs)) {
    await runSuccessfully('cc', ['-O2', '-Wall', '-o', file, join(sources, `${name}.c`)]);
  }
  return {
    async send(socket, count, perSecond = 0) {
      const words = [socket, String(count), datagram, String(perSecond)];
      const { stdout, stderr } = await runProgram(programs.send, words, { deadlineMs: 600_000 });
      if (stdout === '') throw new Error(`the sender could not begin: ${stderr}`);
      return JSON.parse(stdout);
    },
    async sink(socket, count, defer) {
      const child = spawn(programs.sink, [socket, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      const ended = new Promise<void>((resolve) => {
        child.on('close', () => resolve());
      });
      defer(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      await until('the socket of the sink', () => existsSync(socket));
      return {
        processorUs: async () => {
          await ended;
          return Number(JSON.parse(output).processorUs);
        },
      };
    },
  };
}

/** With a parameter of our own at the end of the event, the last but one field being its JSON. */
function padded(datagram: Buffer, padding: number): string {
  const text = datagram.toString('latin1');
  return padding === 0 ? text : text.replace(/\}\0$/, `,"vnd.example.padding":"${'x'.repeat(padding)}"}\0`);
}
