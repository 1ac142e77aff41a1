/**
 * Notices when a path no longer leads to the file that is open: it was removed, perhaps with its directory, or replaced.
 * What is written into such a file is gone with the process, and nobody reaches a socket that has lost its file.
 */
import { fstatSync, statSync } from 'node:fs';
import { isAbsence } from '../base/error.ts';

const lookEveryMs = 1000;

/** Distinguishes a file from any other as long as it is open or bound. */
export type FileIdentity = string;

/** Of an open file, or of the one that a path leads to; `absent` where there is none, undefined where that cannot be seen. */
export function identityOf(file: number | string): FileIdentity | 'absent' | undefined {
  try {
    const bigint = true;
    const { dev, ino } = typeof file === 'number' ? fstatSync(file, { bigint }) : statSync(file, { bigint });
    return `${dev} ${ino}`;
  } catch (thrown) {
    // Anything else says nothing about the file: a directory that cannot be searched, or a disk with an error.
    return isAbsence(thrown) ? 'absent' : undefined;
  }
}

export interface FileWatch {
  /** What has become of the file, in words; undefined as long as it is in its place. */
  readonly absence: string | undefined;
  /** Idempotent. */
  close(): void;
}

export interface FileWatchEvents {
  /** Told of what `absence` has become. */
  readonly onChange?: ((absence: string | undefined) => void) | undefined;
  /** Told at every look that does not find the file in its place. */
  readonly onAbsent?: () => void;
}

/** Looks every second whether `path` leads to the file that `identity` says. */
export function watchFile(
  path: string,
  identity: () => FileIdentity | undefined,
  { onChange, onAbsent }: FileWatchEvents = {},
  everyMs = lookEveryMs,
): FileWatch {
  let absence: string | undefined;
  const timer = setInterval(() => {
    const now = absenceOf(path, identity());
    if (now !== undefined) onAbsent?.();
    if (now === absence) return;
    absence = now;
    onChange?.(now);
  }, everyMs).unref();
  return {
    get absence() {
      return absence;
    },
    close: () => clearInterval(timer),
  };
}

function absenceOf(path: string, own: FileIdentity | undefined): string | undefined {
  const found = identityOf(path);
  if (found === own || found === undefined || own === undefined) return undefined;
  return found === 'absent' ? `${path} was removed while in use` : `${path} was replaced while in use`;
}
