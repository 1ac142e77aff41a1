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

/** One write at a time; calls during one share the next. */
export class LimitFile {
  readonly #path: string;
  readonly #state: () => LimitState;
  #last: Promise<void> = Promise.resolve();
  /** A write that has not begun. */
  #next: Promise<void> | undefined;

  constructor(path: string, state: () => LimitState) {
    this.#path = path;
    this.#state = state;
  }

  /** Resolves when what is counted now is on the disk. Rejects with the error of the system. */
  save(): Promise<void> {
    this.#next ??= this.#last.then(() => {
      this.#next = undefined;
      return this.#write();
    });
    this.#last = this.#next.catch(() => {});
    return this.#next;
  }

  async #write(): Promise<void> {
    const file = await open(`${this.#path}.new`, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(this.#state()));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${this.#path}.new`, this.#path);
  }
}
