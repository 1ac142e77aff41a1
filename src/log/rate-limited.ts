/** Keeps a log readable when the same thing happens very often: the first few lines, then how many more there were. */

export interface LimitOptions {
  /** Lines let through in each period. */
  readonly lines: number;
  readonly periodMs: number;
  readonly now: () => number;
}

/** Of lines that an intake repeats: one in ten seconds. */
export const lineLimit = { lines: 1, periodMs: 10_000 };

/**
 * `write` is called for what may be logged; `suppressed` is how many were left out since the last one that was let
 * through, so that the count of lines always gives the count of events.
 */
export function rateLimited({ lines, periodMs, now }: LimitOptions): (write: (suppressed: number) => void) => void {
  let periodStart = Number.NEGATIVE_INFINITY;
  let written = 0;
  let suppressed = 0;
  return (write) => {
    const elapsedMs = now() - periodStart;
    // Negative: the clock has been set back.
    if (elapsedMs >= periodMs || elapsedMs < 0) {
      periodStart = now();
      written = 0;
    }
    if (written >= lines) {
      suppressed++;
      return;
    }
    written++;
    write(suppressed);
    suppressed = 0;
  };
}
