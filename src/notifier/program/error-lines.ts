/** Logs what a program writes to standard error: line by line, each shortened, and so many of them in a time. */
import { StringDecoder } from 'node:string_decoder';
import type { Logger } from 'pino';
import { printable } from '../../base/printable.ts';

const lineLimit = 1000;
/** Lines in a period of milliseconds; the first line after it says how many were left out. */
const rate = { lines: 20, periodMs: 10_000 };

export class ErrorLines {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #periodStart = Number.NEGATIVE_INFINITY;
  #written = 0;
  #suppressed = 0;

  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  add(chunk: Buffer): void {
    const [first = '', ...others] = this.#decoder.write(chunk).split('\n');
    // Of a line that never ends only the beginning is kept, and what it needs to be seen that it is cut.
    let line = `${this.#rest}${first}`.slice(0, lineLimit + 1);
    for (const next of others) {
      this.#write(line);
      line = next.slice(0, lineLimit + 1);
    }
    this.#rest = line;
  }

  #write(line: string): void {
    if (line.trim() === '') return;
    const elapsedMs = this.#now() - this.#periodStart;
    // Negative: the clock has been set back.
    if (elapsedMs >= rate.periodMs || elapsedMs < 0) {
      this.#periodStart = this.#now();
      this.#written = 0;
    }
    if (this.#written >= rate.lines) {
      this.#suppressed++;
      return;
    }
    this.#written++;
    const suppressed = this.#suppressed > 0 ? { suppressed: this.#suppressed } : {};
    this.#suppressed = 0;
    this.#log.info({ stderr: printable(line, lineLimit), ...suppressed }, 'program wrote to standard error');
  }
}
