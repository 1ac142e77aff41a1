/** Starts a program that keeps running. In a test it is marked in its environment, and reported. */
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { messageOf } from '../../base/error.ts';
import { LongLived, type LongLivedSettings } from './long-lived.ts';
import { notStartedText } from './program-outcome.ts';
import { spawnGroup } from './spawn-group.ts';
import type { Program } from './started-program.ts';
import { commandText, markedAsTest } from './traced-program.ts';

/** Throws an error whose message begins with the path of `settings` when it cannot be started. */
export function startLongLived(
  program: Omit<Program, 'input'>,
  options: Pick<SpawnOptions, 'stdio' | 'serialization'>,
  settings: LongLivedSettings,
): { readonly child: ChildProcess; readonly life: LongLived } {
  const { path, test } = settings;
  const marked = test === undefined ? program : markedAsTest(program);
  test?.trace('sent', commandText(marked));
  try {
    const child = spawnGroup(marked, options);
    return { child, life: new LongLived(child, settings) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
    throw new Error(notStartedText(path, { code, message: messageOf(error) }), { cause: error });
  }
}
