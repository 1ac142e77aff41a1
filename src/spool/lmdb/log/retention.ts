/**
 * How far retention lets the log be trimmed. When an entry was passed is not written down for each one: from time to
 * time a mark says how far everybody had got, and what lies before a mark that is old enough has been kept long enough.
 */
import type { Position } from '../../../base/request.ts';
import type { Mark, Store } from '../disk/store.ts';

/** An entry is kept longer than it must be by one part in so many. */
const marksOfRetention = 32;

interface Verdict {
  /** Everything up to here may go. */
  readonly position: Position;
  /** The marks, when they have changed. */
  readonly marks?: readonly Mark[];
}

export class Retention {
  readonly #retentionMs: number;
  #marks: readonly Mark[];

  constructor(store: Store, retentionMs: number) {
    this.#retentionMs = retentionMs;
    this.#marks = store.marks.get('marks') ?? [];
  }

  /** `passed`: how far everybody has got by now. */
  judge(passed: Position, now: number): Verdict {
    if (this.#retentionMs === 0) return { position: passed };
    const over = this.#marks.filter(({ at }) => at <= now - this.#retentionMs).at(-1);
    const rest = this.#marks.filter(({ position }) => position >= (over?.position ?? 0));
    const newest = rest.at(-1);
    const isTime = newest === undefined || now - newest.at >= this.#retentionMs / marksOfRetention;
    const isNew = passed > (newest?.position ?? 0);
    const marks = isTime && isNew ? [...rest, { at: now, position: passed }] : rest;
    const changed = marks.length !== this.#marks.length || marks !== rest;
    return { position: over?.position ?? 0, ...(changed ? { marks } : {}) };
  }

  /** The marks of a verdict are on disk. */
  keep(marks: readonly Mark[]): void {
    this.#marks = marks;
  }
}
