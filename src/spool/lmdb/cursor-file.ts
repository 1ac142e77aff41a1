/**
 * The newest cursors, beside the database: most steps of a consumer change nothing but its cursor and its tally, and
 * those are too many to be a transaction each. They are written here, without waiting for the disk; what the database
 * says is brought up to date now and then. A process that is killed loses nothing of this file. A machine that loses
 * its power may, and then the consumer repeats what it had delivered since the database last heard of it.
 *
 * A consumer has a place of 64 bytes, which never spans two pages:
 *
 *     u32 checksum of what follows, u32 number of the log, f64 sequence, cursor, delivered, filtered, dropped
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Position } from '../../request.ts';
import type { Tally } from '../spool.ts';
import type { ConsumerNumber, ConsumerRecord } from './store.ts';

const placeLength = 64;
const usedLength = 48;

interface Noted {
  /** Of the record in the database that this goes beyond. */
  readonly sequence: number;
  readonly cursor: Position;
  readonly tally: Tally;
}

export class CursorFile {
  readonly #descriptor: number;
  readonly #logNumber: number;
  readonly #place = Buffer.alloc(placeLength);

  /** Throws what opening throws. */
  constructor(directory: string, logNumber: number) {
    this.#descriptor = openOrCreate(join(directory, 'cursors'));
    this.#logNumber = logNumber;
  }

  /** Throws what writing throws. */
  write(consumer: ConsumerNumber, { sequence, cursor, tally }: Noted): void {
    const place = this.#place;
    place.writeUInt32LE(this.#logNumber, 4);
    place.writeDoubleLE(sequence, 8);
    place.writeDoubleLE(cursor, 16);
    place.writeDoubleLE(tally.delivered, 24);
    place.writeDoubleLE(tally.filtered, 32);
    place.writeDoubleLE(tally.dropped, 40);
    place.writeUInt32LE(crc32(place.subarray(4, usedLength)), 0);
    writeSync(this.#descriptor, place, 0, placeLength, consumer * placeLength);
  }

  /** A record of the database, as far as this file goes beyond it. */
  newest(record: ConsumerRecord): ConsumerRecord {
    const noted = this.#read(record.number);
    return noted?.sequence === record.sequence ? { ...record, cursor: noted.cursor, tally: noted.tally } : record;
  }

  /** What was noted of a consumer; undefined when there is nothing, or it is not whole, or it is of another log. */
  #read(consumer: ConsumerNumber): Noted | undefined {
    const place = this.#place;
    if (readSync(this.#descriptor, place, 0, placeLength, consumer * placeLength) < placeLength) return undefined;
    if (place.readUInt32LE(0) !== crc32(place.subarray(4, usedLength))) return undefined;
    if (place.readUInt32LE(4) !== this.#logNumber) return undefined;
    return {
      sequence: place.readDoubleLE(8),
      cursor: place.readDoubleLE(16),
      tally: {
        delivered: place.readDoubleLE(24),
        filtered: place.readDoubleLE(32),
        dropped: place.readDoubleLE(40),
      },
    };
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function openOrCreate(path: string): number {
  try {
    return openSync(path, 'r+');
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
    return openSync(path, 'w+', 0o600);
  }
}
