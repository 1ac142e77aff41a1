/** Starts a program by posix_spawn(3): a tenth of the processor time that child_process takes in a process of our size. */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { withCapabilities } from '../../os/ambient-capabilities.ts';
import { close } from '../../os/libc.ts';
import { closePipe, openPipe, writeSome } from '../../os/pipe.ts';
import { canPosixSpawn, posixSpawn } from '../../os/posix-spawn.ts';
import { backgroundNice, lowerPriority } from '../../os/priority.ts';
import { watchExit } from '../../os/process-exit.ts';
import { Readiness } from '../../os/readiness.ts';
import { LastBytes, type Program, type StartedProgram, wordsOf } from './started-program.ts';

/** Answers undefined when it was not started, for whatever reason: child_process knows how to say it, or can start it. */
export function startByPosixSpawn(program: Program): StartedProgram | undefined {
  const { environment, input, directory = '/', prefix } = program;
  const argv = wordsOf(program);
  if (!canPosixSpawn || hasNul([...argv, directory]) || hasNul(Object.values(environment))) return undefined;
  const stdin = openPipe('writeEnd');
  if (stdin === undefined) return undefined;
  const stderr = openPipe('readEnd');
  if (stderr === undefined) {
    closePipe(stdin);
    return undefined;
  }
  const spawned = { argv, environment, directory, stdin: stdin.readEnd, stderr: stderr.writeEnd };
  const pid = withCapabilities(prefix?.changesUser === true, () => posixSpawn(spawned));
  if (pid === undefined) {
    closePipe(stdin);
    closePipe(stderr);
    return undefined;
  }
  close(stdin.readEnd);
  close(stderr.writeEnd);
  const { exit, unref } = watchExit(pid);
  // Where it cannot be done the program runs all the same.
  lowerPriority(backgroundNice, pid);
  const writing = write(stdin.writeEnd, Buffer.from(input));
  const reading = new Reading(stderr.readEnd);
  return {
    pid,
    exit,
    silent: reading.end,
    stderr: () => reading.read.text(),
    release: () => {
      writing?.destroy();
      reading.stop();
      unref();
    },
  };
}

const hasNul = (strings: readonly string[]): boolean => strings.some((text) => text.includes('\0'));

/** Writes all of it and closes the descriptor, at once as far as the pipe has room; answers what writes the rest. */
function write(descriptor: number, bytes: Uint8Array): Socket | undefined {
  const written = writeSome(descriptor, bytes);
  if (written === undefined || written === bytes.length) {
    close(descriptor);
    return undefined;
  }
  const socket = new Socket({ fd: descriptor, readable: false, writable: true });
  // EPIPE when the program ends without having read everything: that is its right.
  socket.on('error', () => {});
  socket.end(bytes.subarray(written));
  return socket;
}

/** Read at a time, before other work has its turn. */
const chunk = Buffer.alloc(64 * 1024);

/** Reads a pipe to its end. */
class Reading {
  readonly read = new LastBytes();
  readonly end: Promise<void>;
  readonly #descriptor: number;
  readonly #readiness: Readiness;
  #stopped = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#readiness = new Readiness(descriptor, 'readable');
    // Without a wait for readiness it cannot be read, and nothing can be done about it.
    this.end = this.#toTheEnd().then(
      () => this.stop(),
      () => this.stop(),
    );
  }

  /** Idempotent. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#readiness.close();
    close(this.#descriptor);
  }

  async #toTheEnd(): Promise<void> {
    for (;;) {
      await this.#readiness.wait();
      if (this.#stopped) return;
      const length = readSync(this.#descriptor, chunk);
      if (length === 0) return;
      this.read.add(chunk.subarray(0, length));
    }
  }
}
