/** Whether the module of a script can be parsed; it is not run. */
import { spawnSync } from 'node:child_process';
import { messageOf } from '../base/error.ts';
import { mistakeIn } from '../notifier/script/mistake.ts';
import { error, type Problem } from '../option/problem.ts';
import { readRegularFile } from '../os/regular-file.ts';
import { isAbsent } from './file-access.ts';

const timeoutMs = 10_000;

export function scriptProblem(path: string): Problem | undefined {
  if (isAbsent(path)) return error(`the script ${path} does not exist`, 'create it, or name another one');
  try {
    readRegularFile(path);
  } catch (thrown) {
    return error(`cannot read the script ${path}: ${messageOf(thrown)}`, 'name a file that can be read');
  }
  const { status, stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8', timeout: timeoutMs });
  if (status === 0 || status === null) return undefined;
  return error(mistakeIn(stderr, path) ?? `the script ${path} cannot be parsed`, 'correct the script');
}
