/** Questions to the file system that never throw: what is there, and what this user may do with it. */
import { accessSync, type Stats, statfsSync, statSync } from 'node:fs';
import { BelfryError } from '../base/error.ts';
import { identityOf } from '../os/file-watch.ts';

/** The numbers of proc, sysfs and the cgroups (statfs(2)). */
const kernelFileSystems: ReadonlySet<number> = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270]);

export function isOfKernel(path: string): boolean {
  try {
    return kernelFileSystems.has(statfsSync(path).type);
  } catch {
    return false;
  }
}

/** Undefined where it is not there, or may not be looked at. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

export function isAbsent(path: string): boolean {
  return identityOf(path) === 'absent';
}

export function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

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
