/**
 * Notices when the file of an open database is no longer where it was: removed with its directory, or replaced. What is
 * written into it then is gone with the process, so nothing more may be taken.
 */
import { fstatSync, statSync } from 'node:fs';

const lookEveryMs = 1000;

/** What is wrong with the place of a file that is open as `descriptor`; undefined when it is there. */
export function absenceOf(path: string, descriptor: number): string | undefined {
  try {
    const open = fstatSync(descriptor);
    const found = statSync(path);
    if (found.ino === open.ino && found.dev === open.dev) return undefined;
    return `${path} was replaced while in use`;
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    // Anything else says nothing about the file: a directory that cannot be searched, or a disk with an error.
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return undefined;
    return `${path} was removed while in use`;
  }
}

export interface Presence {
  /** Why nothing more may be taken; undefined as long as the file is in its place. */
  readonly absence: string | undefined;
  /** Idempotent. */
  close(): void;
}

/** Looks every second. `onChange` gets what `absence` has become. */
export function watchPresence(
  look: () => string | undefined,
  onChange: (absence: string | undefined) => void = () => {},
  everyMs = lookEveryMs,
): Presence {
  let absence: string | undefined;
  const timer = setInterval(() => {
    const found = look();
    if (found === absence) return;
    absence = found;
    onChange(found);
  }, everyMs).unref();
  return {
    get absence() {
      return absence;
    },
    close: () => clearInterval(timer),
  };
}
