/** Something that whole lines are written to: the daemon's standard output, a file. */

/** Where a notifier writes lines that belong on the daemon's own log (standard output). */
export interface LineSink {
  /**
   * Writes text that ends in a newline; resolves once the operating system has taken it, rejects when it cannot. What has
   * not been begun when `signal` aborts is not written.
   */
  write(lines: string, signal?: AbortSignal): Promise<void>;
}
