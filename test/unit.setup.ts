/**
 * Keeps the kinds of tests apart: a unit test starts no process and no thread, and sends at most 1 MiB through sockets. A
 * file that does more fails here; its name must be `*.system.test.ts`.
 */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import workerThreads from 'node:worker_threads';
import koffi from 'koffi';
import { afterAll, expect } from 'vitest';

const mostBytes = 1024 * 1024;
const starters = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const;

/** The same process runs many files one after the other: it is changed for the first, and reports on each. */
interface Guard {
  file: string;
  /** What the file has done so far that it may not. */
  refused: string[];
  bytes: number;
}

const key = Symbol.for('belfry unit guard');
const known = globalThis as { [key]?: Guard };
known[key] ??= guarded();
const guard = known[key];
guard.file = expect.getState().testPath ?? 'this file';
guard.bytes = 0;

const advice = 'a test file that does this is named *.system.test.ts (docs/contributing.md)';

// Also where the code that called it has taken the error for one of the system.
afterAll(() => {
  const all = takeRefused();
  if (guard.bytes > mostBytes) all.push(`${guard.file} sends ${guard.bytes} bytes: ${advice}`);
  if (all.length > 0) throw new Error(all.join('\n'));
});

/** What this file was refused since it was last asked for; for the test of this. */
export function takeRefused(): string[] {
  return guard.refused.splice(0);
}

function guarded(): Guard {
  const made: Guard = { file: '', refused: [], bytes: 0 };
  const refuse = (what: string) =>
    function refused(): never {
      const message = `${made.file} calls ${what}: ${advice}`;
      made.refused.push(message);
      throw new Error(message);
    };
  for (const name of starters) Object.assign(childProcess, { [name]: refuse(name) });
  Object.assign(workerThreads, { Worker: refuse('new Worker') });
  syncBuiltinESMExports();
  const { load } = koffi;
  const loadRefusing: typeof load = (...words) => {
    const library = load(...words);
    // By its declaration, which is how src/os asks for a function.
    const func = (declaration: string): unknown =>
      / posix_spawn\(/.test(declaration) ? refuse('posix_spawn') : library.func(declaration);
    return Object.create(library, { func: { value: func } });
  };
  Object.assign(koffi, { load: loadRefusing });
  const write = Socket.prototype.write;
  const counted = function (this: Socket, ...words: Parameters<typeof write>): boolean {
    made.bytes += Buffer.byteLength(words[0]);
    return Reflect.apply(write, this, words);
  };
  Object.assign(Socket.prototype, { write: counted });
  return made;
}
