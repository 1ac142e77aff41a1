/**
 * The newest cursors, beside the database: most steps of a consumer change nothing but its cursor, what is finished
 * beyond that, and its tally, and those are too many to be a transaction each. They are written here, without waiting for
 * the disk; what the database says is brought up to date now and then. A process that is killed loses nothing of this
 * file. A machine that loses its power may, and then the consumer repeats what it had delivered since the database last
 * heard of it. So does one that was killed in the very moment of a write.
 *
 * A consumer has a place of its own, one page (`PageFile`):
 *
 *     u32 checksum of what follows, u32 number of the log, f64 sequence, cursor, delivered, filtered, dropped, damaged,
 *     u32 of which bit 0 says that the ring of what is finished beyond the cursor (`ahead.ts`) stands after byte 64, and bit 1
 *     that coalesced does here: its low 32 bits as the next u32, and what is above them from bit 8 on
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { aheadBytes } from './ahead.ts';
import { PageFile } from './page-file.ts';
import type { ConsumerNumber, ConsumerRecord } from './store.ts';

const usedLength = 60;
const ringAt = 64;
const [hasRing, hasCoalesced] = [1, 2];
const high = 2 ** 32;
const wholeLength = ringAt + aheadBytes;

/** It goes beyond the record in the database that has the same `sequence`. */
type Noted = Pick<ConsumerRecord, 'sequence' | 'cursor' | 'ahead' | 'tally'>;

export class CursorFile {
  readonly #file: PageFile;
  readonly #logNumber: number;
  readonly #place = Buffer.alloc(wholeLength);

  /** Throws what opening throws. */
  constructor(directory: string, logNumber: number) {
    this.#file = new PageFile(join(directory, 'cursors'));
    this.#logNumber = logNumber;
  }

  /** Throws what writing throws. */
  write(consumer: ConsumerNumber, { sequence, cursor, ahead, tally }: Noted): void {
    const place = this.#place;
    place.writeUInt32LE(this.#logNumber, 4);
    place.writeDoubleLE(sequence, 8);
    place.writeDoubleLE(cursor, 16);
    place.writeDoubleLE(tally.delivered, 24);
    place.writeDoubleLE(tally.filtered, 32);
    place.writeDoubleLE(tally.dropped, 40);
    place.writeDoubleLE(tally.damaged, 48);
    const { coalesced } = tally;
    const flags = (ahead === undefined ? 0 : hasRing) + (coalesced === undefined ? 0 : hasCoalesced);
    place.writeUInt32LE(flags + Math.floor((coalesced ?? 0) / high) * 256, 56);
    place.writeUInt32LE((coalesced ?? 0) % high, 60);
    if (ahead !== undefined) place.set(ahead, ringAt);
    place.writeUInt32LE(this.#checksum(), 0);
    this.#file.write(consumer, place.subarray(0, this.#length()));
  }

  /** A record of the database, as far as this file goes beyond it. */
  newest(record: ConsumerRecord): ConsumerRecord {
    const noted = this.#read(record.number);
    if (noted?.sequence !== record.sequence) return record;
    const { ahead: _, ...rest } = record;
    return { ...rest, ...noted };
  }

  /** What was noted of a consumer; undefined when there is nothing, or it is not whole, or it is of another log. */
  #read(consumer: ConsumerNumber): Noted | undefined {
    const place = this.#place;
    const length = this.#file.read(consumer, place);
    if (length < usedLength || length < this.#length()) return undefined;
    if (place.readUInt32LE(0) !== this.#checksum()) return undefined;
    if (place.readUInt32LE(4) !== this.#logNumber) return undefined;
    const coalesced = this.#has(hasCoalesced)
      ? { coalesced: (place.readUInt32LE(56) >>> 8) * high + place.readUInt32LE(60) }
      : {};
    return {
      sequence: place.readDoubleLE(8),
      cursor: place.readDoubleLE(16),
      ...(this.#has(hasRing) ? { ahead: Uint8Array.from(place.subarray(ringAt)) } : {}),
      tally: {
        delivered: place.readDoubleLE(24),
        filtered: place.readDoubleLE(32),
        ...coalesced,
        dropped: place.readDoubleLE(40),
        damaged: place.readDoubleLE(48),
      },
    };
  }

  close(): void {
    this.#file.close();
  }

  #has(flag: number): boolean {
    return (this.#place.readUInt32LE(56) & flag) !== 0;
  }

  #length(): number {
    if (this.#has(hasRing)) return wholeLength;
    return this.#has(hasCoalesced) ? ringAt : usedLength;
  }

  #checksum(): number {
    const head = crc32(this.#place.subarray(4, this.#has(hasCoalesced) ? ringAt : usedLength));
    return this.#has(hasRing) ? crc32(this.#place.subarray(ringAt), head) : head;
  }
}
