/** A file of lines that others rotate, remove and fill: whole lines are appended, or none, and the error is reported. */
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../base/error.ts';
import type { LineSink } from '../../base/line-sink.ts';

const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const mode = 0o640;
const newline = 0x0a;
/** How long a pipe whose reader is slow is waited for, and how often it is looked at, in milliseconds. */
const fullPipe = { patienceMs: 5000, pauseMs: 20 };

/** What is known of the file of the descriptor. */
interface Opened {
  readonly handle: FileHandle;
  readonly device: bigint;
  readonly inode: bigint;
}

/**
 * Writes are made one after another. Before each, the path is looked at: after a rotation or a removal the next line
 * goes into the new file at the path. Safe with other writers that append to the same file.
 */
export class AppendFile implements LineSink {
  readonly #path: string;
  #opened: Opened | undefined;
  /** True when the file ends in a part of a line that could not be taken back: the next write starts a new line. */
  #torn = false;
  #closed = false;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string) {
    this.#path = path;
  }

  /** Opens the file, made with mode 0640 if it is not there. Rejects with the error of open(2). */
  static async open(path: string): Promise<AppendFile> {
    const file = new AppendFile(path);
    await file.#open();
    return file;
  }

  /**
   * Appends `lines`; resolves once the operating system has taken all of it. When it rejects (ENOSPC, EIO, EACCES of a
   * new file, …), a part that had been written is cut off again where that can be done without harming other writers. What
   * still waits for a write before it when `signal` aborts is not written.
   */
  write(lines: string, signal?: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('the file is closed'));
    const written = this.#last.then(() => {
      signal?.throwIfAborted();
      return this.#append(lines);
    });
    this.#last = written.catch(() => {});
    return written;
  }

  /** Waits for what is being written, then closes. Idempotent; a later `write` rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.handle.close();
  }

  async #append(lines: string): Promise<void> {
    const size = await this.#follow();
    const handle = this.#opened?.handle;
    if (!handle) throw new Error('the file is not open');
    const bytes = Buffer.from(this.#torn ? `\n${lines}` : lines);
    let done = 0;
    try {
      while (done < bytes.length) done += await this.#writeSome(handle, bytes, done);
    } catch (error) {
      if (done > 0 && !(await cutBack(handle, size, done))) this.#torn = true;
      throw error;
    }
    this.#torn = false;
  }

  /** Opens the path anew unless it is still the open file; answers the size before the write. */
  async #follow(): Promise<number> {
    const there = await stat(this.#path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (there && there.dev === this.#opened?.device && there.ino === this.#opened.inode) return Number(there.size);
    return await this.#open();
  }

  async #open(): Promise<number> {
    const handle = await open(this.#path, flags, mode);
    try {
      const { dev, ino, size } = await handle.stat({ bigint: true });
      this.#torn = await endsInMidLine(this.#path, Number(size));
      await this.#opened?.handle.close();
      this.#opened = { handle, device: dev, inode: ino };
      return Number(size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Writes as much as the system takes at once. A full pipe is waited for, but not for ever. */
  async #writeSome(handle: FileHandle, bytes: Buffer, from: number): Promise<number> {
    for (let waitedMs = 0; ; waitedMs += fullPipe.pauseMs) {
      try {
        return (await handle.write(bytes, from)).bytesWritten;
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN' || this.#closed || waitedMs >= fullPipe.patienceMs) throw error;
        await sleep(fullPipe.pauseMs);
      }
    }
  }
}

/**
 * Takes back the `done` bytes that were written after `size`. Only when the file has grown by just these: with other
 * writers' lines after ours, nothing may be cut. False when it could not be done (a pipe, an append-only file).
 */
export async function cutBack(handle: FileHandle, size: number, done: number): Promise<boolean> {
  try {
    const now = await handle.stat();
    if (!now.isFile() || now.size !== size + done) return false;
    await handle.truncate(size);
    return true;
  } catch {
    return false;
  }
}

/** Whether a crash left a part of a line at the end. A file that may be written but not read is believed to be whole. */
async function endsInMidLine(path: string, size: number): Promise<boolean> {
  if (size === 0) return false;
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!handle) return false;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return bytesRead === 1 && buffer[0] !== newline;
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}
