/** Makes the directories that belong to the daemon itself. */
import { dirname, resolve } from 'node:path';
import { BelfryError, messageOf } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';
import { makeDirectories } from '../os/make-directory.ts';

/** The daemon's own directory, and those of its sockets that are in it. Any other must be there. */
export function makeOwnDirectories({ directory, sockets }: Pick<Configuration, 'directory' | 'sockets'>): void {
  const own = resolve(directory);
  const inside = sockets
    .flatMap(({ path }) => (path === undefined ? [] : [dirname(resolve(path))]))
    .filter((path) => path.startsWith(`${own}/`));
  for (const path of [own, ...inside]) {
    try {
      makeDirectories(path, 0o750);
    } catch (thrown) {
      throw new BelfryError(
        'SOCKET_CREATE',
        `cannot create the directory ${path}: ${messageOf(thrown)}; see configdirectory`,
      );
    }
  }
}
