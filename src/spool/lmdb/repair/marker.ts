/**
 * A file beside the database that says whether it is in use. One that is there at the start was left by a process that
 * did not close the database: perhaps because a damaged page ended it, as LMDB does without a word.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileName = 'in-use';

export interface Marker {
  /** Whether the last process did not close the database. */
  readonly unclosed: boolean;
  /** How many processes, one after the other, have ended while they opened it. */
  readonly endedOpening: number;
  /** It is about to be opened. */
  opening(): void;
  /** It is open. */
  opened(): void;
  /** It is closed. */
  closed(): void;
}

/** Never throws: on a full disk, or one that is read-only, it is as if there were no marker. */
export function markerIn(directory: string): Marker {
  const path = join(directory, fileName);
  // On disk before LMDB is: the machine may go down with the process.
  const write = (text: string): void => quietly(() => writeFileSync(path, text, { mode: 0o600, flush: true }));
  const found = textOf(path);
  const endedOpening = Number(/^opening (\d{1,6})\n/.exec(found ?? '')?.[1] ?? 0);
  return {
    unclosed: found !== undefined,
    endedOpening,
    opening: () => write(`opening ${endedOpening + 1}\n`),
    opened: () => write('open\n'),
    closed: () => quietly(() => rmSync(path, { force: true })),
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // A full disk, most likely: then damage is noticed by the second start, or not at all.
  }
}
