/**
 * Counts and logs what the mail server seems to have lost before it reached us, and remembers across restarts what it
 * needs for that: an event that is lost while nobody reads the socket shows itself by the first one after the restart.
 *
 * What is remembered is saved now and then, with the position up to which it is true. The entries after it are still in
 * the spool after a crash, and are looked at again, without a word, before dispatch begins.
 */
import type { Logger } from 'pino';
import { messageOf } from '../base/error.ts';
import type { MailEvent } from '../base/event.ts';
import type { Entry, Position } from '../base/request.ts';
import type { Counts } from '../dispatch/count.ts';
import { GapWatch } from '../examine/gap-watch.ts';
import { rateLimited } from '../log/rate-limited.ts';
import { type Spool, unusableConsumer } from '../spool/spool.ts';

/** Under this name the spool remembers. */
const memoryName = 'arrivals';
/** It is saved after so many entries, and this long after the first that is not saved, in milliseconds. */
const saveAfterEntries = 20_000;
const saveAfterMs = 5 * 60_000;
/** How many entries are read at a time. */
const readLimit = 256;

export class SuspectedLosses {
  readonly #log: Logger;
  readonly #counts: Counts;
  readonly #limit: ReturnType<typeof rateLimited>;
  #watch = new GapWatch();
  #spool: Spool | undefined;
  #seen: Position = 0;
  #saved: Position = 0;
  #saving: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ log, counts, now }: { readonly log: Logger; readonly counts: Counts; readonly now: () => number }) {
    this.#log = log;
    this.#counts = counts;
    this.#limit = rateLimited({ lines: 10, periodMs: 10_000, now });
  }

  /**
   * Remembers what it knew when the daemon ended, up to where the consumer of unusable requests will go on. Called once, when
   * that consumer is known and dispatch has not begun. Never rejects: without a memory it begins anew.
   */
  async begin(spool: Spool, eventOf: (entry: Entry) => MailEvent | undefined): Promise<void> {
    this.#spool = spool;
    try {
      const { cursor } = await spool.consumer(unusableConsumer);
      const saved = await spool.memory.recall(memoryName);
      this.#seen = cursor;
      this.#saved = cursor;
      if (saved === undefined) return;
      await this.#restore(spool, saved, cursor, eventOf);
    } catch (thrown) {
      this.#watch = new GapWatch();
      this.#log.warn({ reason: messageOf(thrown) }, 'cannot check for events lost before this start');
    }
  }

  /** Takes note of a usable entry, each in the order of the spool; one that it has seen is passed over. */
  see(entry: Entry, event: MailEvent | undefined): void {
    if (entry.position <= this.#seen) return;
    this.#seen = entry.position;
    try {
      if (event !== undefined) this.#look(entry, event);
    } catch (err) {
      // It only watches: the entry is sound all the same.
      this.#limit(() => this.#log.error({ id: entry.id, err }, 'cannot check for lost events: this is a bug'));
    }
    if (this.#seen - this.#saved >= saveAfterEntries) void this.save();
    else this.#timer ??= setTimeout(() => void this.save(), saveAfterMs).unref();
  }

  /** Writes what is remembered into the spool. Never rejects: what was saved before stays, and is brought up to date. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  #look(entry: Entry, event: MailEvent): void {
    for (const { count, ...gap } of this.#watch.see(event)) {
      this.#counts.add('suspected', unusableConsumer, '', count);
      if (count < 0) continue;
      this.#limit((suppressed) => {
        const fields = { id: entry.id, ...gap, suspected: count, ...(suppressed > 0 ? { suppressed } : {}) };
        this.#log.warn(
          fields,
          'gap in the UIDs of this mailbox: messages arrived without an event; the mail server may have lost events',
        );
      });
    }
  }

  async #save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const upTo = this.#seen;
    if (this.#spool === undefined || upTo === this.#saved) return;
    const head = Buffer.alloc(8);
    head.writeDoubleLE(upTo);
    try {
      await this.#spool.memory.remember(memoryName, Buffer.concat([head, this.#watch.snapshot()]));
    } catch (thrown) {
      this.#log.debug({ reason: messageOf(thrown) }, 'cannot save the state of the check for lost events');
    }
    // Also when it failed: a full disk is not asked again with each event.
    this.#saved = upTo;
  }

  async #restore(
    spool: Spool,
    saved: Uint8Array,
    cursor: Position,
    eventOf: (entry: Entry) => MailEvent | undefined,
  ): Promise<void> {
    const upTo = saved.byteLength < 8 ? Number.NaN : Buffer.from(saved.buffer, saved.byteOffset, 8).readDoubleLE();
    const { first } = await spool.state();
    // Entries between the two that are gone would look like a loss.
    if (!Number.isSafeInteger(upTo) || (upTo < cursor && first > upTo + 1)) return;
    if (!this.#watch.restore(saved.subarray(8))) return;
    this.#seen = Math.max(cursor, upTo);
    this.#saved = upTo;
    for (let after = upTo; after < cursor; ) {
      const entries = await spool.read(after, readLimit);
      const last = entries.at(-1);
      if (last === undefined) break;
      for (const entry of entries) {
        const event = entry.position <= cursor ? eventOf(entry) : undefined;
        if (event !== undefined) this.#watch.see(event);
      }
      after = last.position;
    }
  }
}
