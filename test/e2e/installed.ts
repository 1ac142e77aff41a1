/** A copy of the built program where the user of a mail server can read it, as an installed one is. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runSuccessfully } from './run-program.ts';
import { root } from './workspace.ts';

interface LockFile {
  /** By their paths in the repository. */
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/** Answers the path of its launcher. */
export async function installInto(directory: string): Promise<string> {
  const { packages }: LockFile = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  // What only tests and tools need is most of it.
  const libraries = Object.entries(packages).flatMap(([path, { dev = false }]) =>
    path === '' || dev || !existsSync(join(root, path)) ? [] : [path],
  );
  const parts = ['bin', 'dist', 'config', 'package.json', ...libraries];
  await runSuccessfully('cp', ['-RH', '--parents', '--reflink=auto', ...parts, directory], { cwd: root });
  await runSuccessfully('chmod', ['-R', 'a+rX', directory]);
  return join(directory, 'bin', 'belfry');
}
