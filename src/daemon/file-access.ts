/** Questions to the file system that never throw: what is there, and what this user may do with it. */
import { accessSync, type Stats, statfsSync, statSync } from 'node:fs';
import { BelfryError, ifPossible } from '../base/error.ts';
import { identityOf } from '../os/file-watch.ts';

/** The numbers of proc, sysfs and the cgroups (statfs(2)). */
const kernelFileSystems: ReadonlySet<number> = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270]);

export const isOfKernel = (path: string): boolean =>
  ifPossible(() => kernelFileSystems.has(statfsSync(path).type)) ?? false;

/** Undefined where it is not there, or may not be looked at. */
export const statOf = (path: string): Stats | undefined => ifPossible(() => statSync(path));

export const isAbsent = (path: string): boolean => identityOf(path) === 'absent';

export const mayAccess = (path: string, mode: number): boolean =>
  ifPossible(() => accessSync(path, mode) === undefined) ?? false;

/** Why what is tried cannot be done, where belfry itself says so. */
export function reasonOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof BelfryError) return thrown.message;
    throw thrown;
  }
}
