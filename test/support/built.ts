/** The program as it is built, for tests that start it as a process: compiling the sources for each start takes much longer. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

const modifiedAt = (folder: string): readonly number[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
    (name) => statSync(join(root, folder, name)).mtimeMs,
  );

/** Whether dist/ has been built since the sources were changed last, as it has after `npm ci` and `npm run build`. */
export const isBuilt: boolean = (() => {
  const built = statSync(join(root, 'dist/cli/main.js'), { throwIfNoEntry: false });
  return built !== undefined && Math.max(...modifiedAt('src')) < built.mtimeMs;
})();

/** What Node is to run for `belfry`: the launcher, or the sources where dist/ is older than they are. */
export const belfryProgram: readonly string[] = isBuilt
  ? [join(root, 'bin/belfry')]
  : ['--import', 'tsx', join(root, 'src/cli/main.ts')];
