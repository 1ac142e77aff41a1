/** Pipes between this process and a program that it starts. */
import { close, EAGAIN, external, F_SETFL, fcntl, lastErrno, O_NONBLOCK } from './libc.ts';

const pipe2 = external<[ends: Int32Array, flags: number]>('int pipe2(void *, int)');
const write = external<[fd: number, bytes: Uint8Array, length: number]>('intptr_t write(int, const void *, size_t)');
const O_CLOEXEC = 0o2000000;

export interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** No other program inherits it, and our own end never blocks. Undefined when there is none to be had. */
export function openPipe(own: keyof Pipe): Pipe | undefined {
  const ends = new Int32Array(2);
  if (pipe2(ends, O_CLOEXEC) < 0) return undefined;
  const [readEnd = -1, writeEnd = -1] = ends;
  const pipe = { readEnd, writeEnd };
  fcntl(pipe[own], F_SETFL, 'int', O_NONBLOCK);
  return pipe;
}

export function closePipe({ readEnd, writeEnd }: Pipe): void {
  close(readEnd);
  close(writeEnd);
}

/**
 * How many bytes there was room for in a pipe that never blocks (an empty one has room for 64 KiB as a rule); undefined
 * when nobody will read them. Not `fs.writeSync`, which throws when there is no room or no reader: a program may end before
 * it is written to.
 */
export function writeSome(writeEnd: number, bytes: Uint8Array): number | undefined {
  const written = write(writeEnd, bytes, bytes.length);
  if (written >= 0) return written;
  return lastErrno() === EAGAIN ? 0 : undefined;
}
