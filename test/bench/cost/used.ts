/** What a process has used: processor time of all its threads to the microsecond, and bytes that it has written. */
import { readdir, readFile } from 'node:fs/promises';

interface Process {
  readonly pid: number;
}

/**
 * Microseconds, user and system, of all threads that live: those of V8 and of the pool are among them, and none of them ends
 * while belfry runs. Programs that it starts are not. `/proc/PID/stat` would say it in steps of 10 ms (proc(5)).
 */
export async function processorUs({ pid }: Process): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const used = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'latin1')));
  return used.reduce((sum, line) => sum + Number(line.split(' ', 1)[0]), 0) / 1000;
}

/** Bytes through write(2) and its siblings. What reaches the disk some file systems count in units of their own. */
export async function writtenBytes({ pid }: Process): Promise<number> {
  return Number(/^wchar: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'latin1'))?.[1]);
}
