/** Pipes between this process and a program that it starts. */
import { close, external, F_SETFL, fcntl, O_NONBLOCK } from './libc.ts';

const pipe2 = external<[ends: Int32Array, flags: number]>('int pipe2(void *, int)');
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
