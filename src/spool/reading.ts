/** Reads the spool though an entry in it makes reading fail: that one is damaged, and the next is delivered. */
import { BelfryError, messageOf } from '../base/error.ts';
import type { Entry, Position } from '../base/request.ts';
import type { Spool } from './spool.ts';

/** After an entry that cannot be read, so many positions are tried one by one. */
const probes = 256;
/** How often a failure of the storage (a disk that is away for a moment) is tried again before it is taken for damage. */
const storageTries = 10;

export interface ReadOn {
  readonly entries: readonly Entry[];
  /** Nothing can be read between the last of `entries`, or where the reading began, and this. */
  readonly to: Position;
}

export class Reading {
  readonly #spool: Pick<Spool, 'read' | 'unreadable' | 'get'>;
  readonly #onUnreadable: (first: Position, count: number, reason: string) => void;
  /** Where reading has failed in the storage, and how often. */
  #failedAt: Position = -1;
  #failures = 0;

  constructor(
    spool: Pick<Spool, 'read' | 'unreadable' | 'get'>,
    onUnreadable: (first: Position, count: number, reason: string) => void,
  ) {
    this.#spool = spool;
    this.#onUnreadable = onUnreadable;
  }

  /**
   * The entries after `after`, at most `limit`. Throws what the spool throws where the storage has failed, or where no
   * other entry can be read either; then ask the same again later.
   */
  async next(after: Position, limit: number): Promise<ReadOn> {
    try {
      return await this.#read(after, limit);
    } catch (thrown) {
      this.#judge(after, thrown);
      return await this.#oneAfter(after, thrown);
    }
  }

  /** An entry that is deferred; undefined when it is gone or cannot be read. Throws as `next` does. */
  async get(position: Position): Promise<Entry | undefined> {
    try {
      return await this.#spool.get(position);
    } catch (thrown) {
      this.#judge(position, thrown);
      this.#onUnreadable(position, 1, messageOf(thrown));
      return undefined;
    }
  }

  /** Throws what may be over at the next try. */
  #judge(at: Position, thrown: unknown): void {
    if (!(thrown instanceof BelfryError)) return;
    this.#failures = at === this.#failedAt ? this.#failures + 1 : 1;
    this.#failedAt = at;
    if (this.#failures < storageTries) throw thrown;
  }

  async #read(after: Position, limit: number): Promise<ReadOn> {
    const entries = await this.#spool.read(after, limit);
    // At the very end of the spool nothing comes after what cannot be read.
    return { entries, to: entries.at(-1)?.position ?? (await this.#spool.unreadable(after)) };
  }

  /** The first entry that can be read. */
  async #oneAfter(after: Position, thrown: unknown): Promise<ReadOn> {
    for (let from = after; from < after + probes; from++) {
      try {
        const { entries, to } = await this.#read(from, 1);
        // Of a storage that has failed only an entry proves that it is there again.
        if (entries.length === 0 && thrown instanceof BelfryError) break;
        if (from > after) this.#onUnreadable(after + 1, from - after, messageOf(thrown));
        return { entries, to: Math.max(to, from) };
      } catch {
        // The next one, then.
      }
    }
    throw thrown;
  }
}
