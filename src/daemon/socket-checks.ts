/** What the file system says to the sockets of a configuration: their directories, groups, and what stands in their place. */
import { dirname, resolve } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import { error, type Problem, warning } from '../option/problem.ts';
import { groupId } from '../os/group.ts';
import { isAbsent, reasonOf, statOf } from './file-access.ts';

/** Each with the option that names it. `inherited`: the sockets of the configuration are not made here. */
export function* socketProblems(
  { directory, sockets, controlSocket }: Configuration,
  inherited: boolean,
): Generator<readonly [string, Problem | undefined]> {
  const own = `${resolve(directory)}/`;
  const missing = (path: string): string | undefined => {
    const parent = dirname(resolve(path));
    return path.startsWith('@') || `${parent}/`.startsWith(own) || !isAbsent(parent) ? undefined : parent;
  };
  for (const { transport, path, group } of sockets) {
    if (path === undefined) continue;
    const [list, groups] =
      transport === 'http' ? ['http_listen', 'http_socket_group'] : ['notifysocket', 'notifysocket_group'];
    if (group !== undefined) yield [groups, groupProblem(group)];
    if (inherited) continue;
    const parent = missing(path);
    if (parent !== undefined) yield [list, socketDirectoryProblem(path, parent)];
    const found = path.startsWith('@') ? undefined : statOf(path);
    if (found !== undefined && !found.isSocket()) {
      yield [list, error(`${path} exists and is not a socket`, 'remove it, or choose another path')];
    }
  }
  const parent = missing(controlSocket);
  if (parent === undefined) return;
  const message = `the directory ${parent} does not exist: belfry queue, dead and replay will not reach the daemon`;
  yield ['control_socket', warning(message, 'create it')];
}

function socketDirectoryProblem(path: string, parent: string): Problem {
  const message = `${path}: the directory ${parent} does not exist`;
  // There the service manager makes them when the service starts, and removes them when it stops.
  if (/^\/(?:var\/)?run\//.test(parent)) {
    return warning(message, 'create it, unless the service creates it at its start');
  }
  return error(message, 'create it');
}

function groupProblem(group: string): Problem | undefined {
  const wrong = reasonOf(() => groupId(group));
  return wrong === undefined ? undefined : error(wrong);
}
