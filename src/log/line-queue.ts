/**
 * Lines on their way to a descriptor. Writing never blocks the process: a reader that stopped reading fills a bounded
 * memory, and then lines that nobody waits for are dropped, and how many is reported as soon as lines get out again.
 */
import { write, writeSync } from 'node:fs';
import type { LineSink } from '../base/line-sink.ts';
import type { LineForm } from './line-form.ts';

/** Bytes of lines that nobody waits for. */
const maxWaitingBytes = 8 * 1024 * 1024;
/** How long to rest when the reader of a pipe is not keeping up. */
const fullPipeRestMs = 20;

interface Chunk {
  readonly bytes: Buffer;
  /** How many lines nobody waits for. */
  readonly lines: number;
  readonly done?: (error: Error | null) => void;
  /** Aborts when it must not be written. */
  readonly signal?: AbortSignal | undefined;
}

export class LineQueue implements LineSink {
  readonly #descriptor: number;
  readonly #form: LineForm;
  readonly #report: (dropped: number) => void;
  #waiting: Chunk[] = [];
  #current: { readonly chunk: Chunk; written: number } | undefined;
  #waitingBytes = 0;
  #dropped = 0;
  #soon: NodeJS.Immediate | undefined;

  /**
   * `form`: of all lines. `report` is given how many lines were dropped since the last report, because the memory was full or
   * the descriptor failed, when lines get out again; what it puts goes out like any other line.
   */
  constructor(descriptor: number, form: LineForm, report: (dropped: number) => void) {
    this.#descriptor = descriptor;
    this.#form = form;
    this.#report = report;
  }

  /** Queues a line without waiting for it. */
  put(line: string): void {
    const bytes = Buffer.from(this.#form.shape(line));
    if (this.#waitingBytes + bytes.length > maxWaitingBytes) {
      this.#dropped++;
      return;
    }
    this.#waitingBytes += bytes.length;
    this.#waiting.push({ bytes, lines: 1 });
    this.#nextSoon();
  }

  /** See `LineSink`. */
  write(lines: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
      this.#waiting.push({ bytes: Buffer.from(this.#form.shape(lines)), lines: 0, done, signal });
      this.#nextSoon();
    });
  }

  /** Resolves when all that was queued is out, or lost. */
  async drain(): Promise<void> {
    await this.write('').catch(() => {});
  }

  /** Writes what is waiting at once, for the very end of the process; gives up where it would have to wait. */
  flushSync(): void {
    const rest = this.#current?.chunk.bytes.subarray(this.#current.written) ?? Buffer.alloc(0);
    const wanted = this.#waiting.filter(({ signal }) => !signal?.aborted);
    try {
      let all = Buffer.concat([rest, ...wanted.map(({ bytes }) => bytes)]);
      while (all.length > 0) all = all.subarray(writeSync(this.#descriptor, all));
    } catch {
      // There is nowhere left to report it.
    }
    this.#waiting = [];
  }

  /** Lets all lines of one turn of the event loop go out together: a write costs more than a line. */
  #nextSoon(): void {
    if (this.#soon !== undefined || this.#current !== undefined) return;
    this.#soon = setImmediate(() => {
      this.#soon = undefined;
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const chunks = this.#waiting.splice(0).filter(({ signal, done }) => {
      if (signal?.aborted) done?.(new Error('called off'));
      return !signal?.aborted;
    });
    const [first] = chunks;
    if (first === undefined) return;
    this.#waitingBytes = 0;
    const merged: Chunk =
      chunks.length === 1
        ? first
        : {
            bytes: Buffer.concat(chunks.map(({ bytes }) => bytes)),
            lines: chunks.reduce((sum, { lines }) => sum + lines, 0),
            done: (error) => {
              for (const { done } of chunks) done?.(error);
            },
          };
    this.#current = { chunk: merged, written: 0 };
    this.#continue();
  }

  #continue(): void {
    const current = this.#current;
    if (current === undefined) return;
    const rest = current.chunk.bytes.subarray(current.written);
    if (rest.length === 0) {
      this.#finish(null);
      return;
    }
    write(this.#descriptor, rest, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#continue(), fullPipeRestMs);
      } else if (error !== null) {
        this.#dropped += current.chunk.lines;
        this.#finish(error);
      } else {
        current.written += written;
        this.#continue();
      }
    });
  }

  #finish(error: Error | null): void {
    const done = this.#current?.chunk.done;
    const hasWritten = error === null && (this.#current?.written ?? 0) > 0;
    this.#current = undefined;
    done?.(error);
    if (hasWritten && this.#dropped > 0) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#report(dropped);
    }
    this.#next();
  }
}
