/** A directory for one run, which another user (the mail server's) can reach, and which is gone afterwards. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Remembers what is to be undone when the run ends, the last first. */
export type Defer = (undo: () => void | Promise<void>) => void;

/** The repository. */
export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Short, because the path of a socket in it must fit into 107 bytes. */
export async function makeWorkspace(defer: Defer, parent = '/var/tmp'): Promise<string> {
  const directory = await mkdtemp(join(parent, 'belfry-'));
  await chmod(directory, 0o755);
  defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
