/** Whether a program can run as another user or group, as far as that can be found out without starting it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ifPossible, messageOf } from '../base/error.ts';
import { error, type Problem, warning } from '../option/problem.ts';
import { groupId } from '../os/group.ts';
import { missingForOtherUser, systemUser } from '../os/user.ts';

/** Where systemd looks for the unit of the package, and for what an administrator adds to it. */
const unit = 'belfry.service';
const unitDirectories = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

const remedy = 'copy the drop-in exec-user.conf (docs/programs.md), or run the daemon as root';

/** `directories` is for tests. */
export function identityProblem(
  name: string,
  kind: 'user' | 'group',
  directories: readonly string[] = unitDirectories,
): Problem | undefined {
  try {
    const id = kind === 'user' ? systemUser(name).uid : groupId(name);
    if (id === (kind === 'user' ? process.geteuid?.() : process.getegid?.())) return undefined;
  } catch (thrown) {
    return error(messageOf(thrown));
  }
  const missing = missingForOtherUser();
  if (missing.length > 0)
    return error(`programs cannot run as another ${kind}: ${missing.join(' and ')} missing`, remedy);
  // Whoever may do it here may be root, who checks what the unit will run as another user.
  return forbiddenByUnit(directories)
    ? warning(`${unit} does not let programs run as another ${kind}`, remedy)
    : undefined;
}

/** Whether the unit is installed, drops the capabilities, and no drop-in gives them back. */
function forbiddenByUnit(directories: readonly string[]): boolean {
  const main = directories.map((directory) => textOf(join(directory, unit))).find((text) => text !== undefined);
  if (main === undefined || /^User=root$/m.test(main) || !/^User=/m.test(main)) return false;
  const added = directories.flatMap((directory) => {
    const names = ifPossible(() => readdirSync(join(directory, `${unit}.d`))) ?? [];
    return names
      .filter((name) => name.endsWith('.conf'))
      .map((name) => textOf(join(directory, `${unit}.d`, name)) ?? '');
  });
  return !added.some((text) => text.split('\n').some(givesBack));
}

/** A line of a drop-in. */
function givesBack(line: string): boolean {
  const [name, ...values] = line.split(/[=\s]+/);
  return line === 'User=root' || (name === 'AmbientCapabilities' && values.includes('CAP_SETUID'));
}

const textOf = (path: string): string | undefined => ifPossible(() => readFileSync(path, 'utf8'));
