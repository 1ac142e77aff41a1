/** A priority queue of times: which lane is due first. Changed entries are skipped when they come up, not searched for. */
import type { Position } from '../../base/request.ts';

interface Due {
  readonly at: number;
  /** Of the lane's head: what is due at the same time comes in the order of the log. */
  readonly position: Position;
  readonly lane: string;
}

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.position < b.position);

/** A binary heap; `current` answers whether an entry still holds, so that changing one costs no search. */
export class DueQueue {
  readonly #heap: Due[] = [];
  readonly #current: (due: Due) => boolean;

  constructor(current: (due: Due) => boolean) {
    this.#current = current;
  }

  push(due: Due): void {
    const heap = this.#heap;
    let child = heap.length;
    heap.push(due);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(due, above)) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = due;
  }

  /** The earliest that still holds; stays in the queue. */
  peek(): Due | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || this.#current(first)) return first;
      this.pop();
    }
  }

  /** Takes the earliest off, whether it still holds or not. */
  pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const leftDue = heap[left];
      if (leftDue === undefined) break;
      const rightDue = heap[left + 1];
      const right = rightDue !== undefined && before(rightDue, leftDue);
      const least = right ? rightDue : leftDue;
      if (!before(least, last)) break;
      heap[parent] = least;
      parent = right ? left + 1 : left;
    }
    heap[parent] = last;
    return first;
  }
}
