/** So many messages may wait for their confirmation at the same time. */

export interface Window {
  /** Resolves when there is room for one more. Rejects with what `fail` was given. */
  enter(): Promise<void>;
  /** To be called once for each that has entered. */
  leave(): void;
  /** Whoever waits, and whoever comes, is refused. */
  fail(error: Error): void;
}

export function windowOf(size: number): Window {
  let free = size;
  let failure: Error | undefined;
  const waiting: { resolve(): void; reject(error: Error): void }[] = [];
  return {
    enter() {
      if (failure !== undefined) return Promise.reject(failure);
      if (free > 0) {
        free -= 1;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    leave() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next.resolve();
    },
    fail(error) {
      failure = error;
      for (const { reject } of waiting.splice(0)) reject(error);
    },
  };
}
