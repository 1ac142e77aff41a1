/** Keeps what the limit of mails has counted in a file, so that no restart loses it. */
import { open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import type { LimitState } from './limit.ts';

const held = z.object({ count: z.number(), firstAt: z.number(), lastAt: z.number(), to: z.string() });
const shape = z.array(z.tuple([z.string(), z.number(), z.number(), held.nullable()]));

/** What the file says; nothing when there is none, or when it cannot be understood. */
export async function readLimitState(path: string): Promise<LimitState> {
  try {
    return shape.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return [];
  }
}

/**
 * What it answers writes the state into the file: one write at a time, and calls during one share the next. Resolves when what
 * is counted now is on the disk, rejects with the error of the system.
 */
export function limitFile(path: string, state: () => LimitState): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  /** A write that has not begun. */
  let next: Promise<void> | undefined;
  return () => {
    next ??= last.then(() => {
      next = undefined;
      return write(path, state());
    });
    last = next.catch(() => {});
    return next;
  };
}

async function write(path: string, state: LimitState): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(state));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
