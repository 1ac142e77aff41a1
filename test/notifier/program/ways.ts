/** The ways of starting a program, which must not differ in what a program or an administrator sees. */
import { startProgram } from '../../../src/notifier/program/run-program.ts';
import { startByChildProcess } from '../../../src/notifier/program/start-by-child-process.ts';
import type { Start } from '../../../src/notifier/program/started-program.ts';

const starts: Readonly<Record<string, Start>> = { posix_spawn: startProgram, child_process: startByChildProcess };

/** Each with its name. Where the C library cannot do what the first needs, both are the second. */
export const ways: readonly (readonly [name: string, start: Start])[] = Object.entries(starts);

/** By its name, for programs of tests. */
export function wayCalled(name: string | undefined): Start {
  const start = starts[name ?? ''];
  if (start === undefined) throw new Error(`there are the ways ${Object.keys(starts).join(', ')}`);
  return start;
}
