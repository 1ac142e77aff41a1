/**
 * The mail server's side of the notify socket as a C program, and a sink that throws everything away: what no daemon can
 * be faster than. Their sources are not part of this repository: SOCKET_BENCH names the directory (send.c, sink.c).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, runSuccessfully } from './run-program.ts';
import type { Defer } from './workspace.ts';

const sources = process.env['SOCKET_BENCH'] ?? '';

/** Why nothing can be measured here; undefined when it can. */
export async function senderIsMissing(): Promise<string | undefined> {
  if (sources === '') return 'SOCKET_BENCH does not name the directory of send.c and sink.c';
  if (!existsSync(join(sources, 'send.c'))) return `there is no send.c in SOCKET_BENCH (${sources})`;
  const compiler = await runProgram('cc', ['--version']).catch(() => undefined);
  return compiler?.status === 0 ? undefined : 'there is no C compiler (cc)';
}

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
}

export interface Sender {
  /** Sends `count` copies of a FlagsSet that names no method: as fast as they are taken, or so many a second. */
  send(socket: string, count: number, perSecond?: number): Promise<SendReport>;
  /** Starts the sink on `socket`; it ends by itself after `count` datagrams. */
  sink(socket: string, count: number, defer: Defer): Promise<void>;
}

/** The FlagsSet has some 490 bytes, and `padding` more; `other` is sent in its place. */
export async function compileSender(directory: string, padding = 0, other?: Uint8Array): Promise<Sender> {
  const programs = { send: join(directory, 'send'), sink: join(directory, 'sink') };
  const datagram = join(directory, 'datagram');
  await writeFile(datagram, other ?? padded(withoutMethod(await readFile(join(sources, 'flags-set.bin'))), padding));
  for (const [name, file] of Object.entries(programs)) {
    await runSuccessfully('cc', ['-O2', '-o', file, join(sources, `${name}.c`)]);
  }
  return {
    async send(socket, count, perSecond = 0) {
      const words = [socket, String(count), datagram, String(perSecond)];
      const { stdout } = await runProgram(programs.send, words, { deadlineMs: 600_000 });
      return JSON.parse(stdout);
    },
    async sink(socket, count, defer) {
      const child: ChildProcess = spawn(programs.sink, [socket, String(count)], { stdio: 'ignore' });
      const ended = new Promise<void>((resolve) => {
        child.on('close', () => resolve());
      });
      defer(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

/** The method is the first field: with an empty one the request is for the default notifiers. */
const withoutMethod = (datagram: Buffer): Buffer => datagram.subarray(datagram.indexOf(0));

/** With a parameter of our own at the end of the event, the last but one field being its JSON. */
function padded(datagram: Buffer, padding: number): string {
  const text = datagram.toString('latin1');
  return padding === 0 ? text : text.replace(/\}\0$/, `,"vnd.example.padding":"${'x'.repeat(padding)}"}\0`);
}
