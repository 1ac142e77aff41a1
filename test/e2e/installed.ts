/** A copy of the built program where the user of a mail server can read it, as an installed one is. */
import { join } from 'node:path';
import { runSuccessfully } from './run-program.ts';
import { root } from './workspace.ts';

/** Answers the path of its launcher. */
export async function installInto(directory: string): Promise<string> {
  const parts = ['bin', 'dist', 'config', 'package.json', 'node_modules'].map((part) => join(root, part));
  await runSuccessfully('cp', ['-RH', '--reflink=auto', ...parts, directory]);
  await runSuccessfully('chmod', ['-R', 'a+rX', directory]);
  return join(directory, 'bin', 'belfry');
}
