/** The database of the log: its tables, and what stands in them. Opening and mending it is `open-store.ts`. */
import type { Database, RootDatabase } from 'lmdb';
import type { Position } from '../../../base/request.ts';
import type { AskedPause, AttemptRecord, ReceiverState } from '../../spool.ts';
import type { Tally } from '../../tally.ts';
import type { BinaryTable } from './binary.ts';
import type { FileRoom } from './file-room.ts';
import type { MappedMemory } from './mapped-memory.ts';
import type { OutcomeBlock } from './outcome-block.ts';

/** Number of a consumer, never used twice: short, so that keys are short, and a forgotten one's rows are nobody's. */
export type ConsumerNumber = number;

/** A chunk as trimming and searching see it, without its requests. */
export interface ChunkRow {
  readonly count: number;
  readonly receivedAt: number;
  /** What its requests count for, see `costOf`. */
  readonly cost: number;
}

/** Written by the log's writer alone. */
export interface LogRecord {
  readonly last: Position;
  readonly receivedAt: number;
  /** Of the chunks, and of what was moved from them to `kept`. */
  readonly bytes: number;
}

/** How far every consumer had got at a time. */
export interface Mark {
  readonly at: number;
  readonly position: Position;
}

/** Written by the consumer table alone, as are all tables below. */
export interface ConsumerRecord {
  readonly number: ConsumerNumber;
  /** Rises with each time the record is written: what the cursor file says holds only for the same one. */
  readonly sequence: number;
  readonly origin: number;
  readonly cursor: Position;
  /** Finished beyond the cursor, see `ahead.ts`. */
  readonly ahead?: Uint8Array;
  readonly deferred: number;
  readonly dead: number;
  readonly deadBytes: number;
  /** Of its own rows in `kept`. */
  readonly keptBytes: number;
  readonly tally: Tally;
  readonly receiver?: ReceiverState;
  readonly pause?: AskedPause;
}

export interface DeferralRecord {
  /** See `encodeLane`. */
  readonly lane: string;
  readonly dueAt: number;
  readonly attempts: readonly AttemptRecord[];
  readonly pausedMs?: number;
  /** Set when the consumer has a row of its own in `kept`: what that counts for. */
  readonly kept?: number;
}

/** A lane with deferred entries: how many, and which one is its head. */
export interface LaneRecord {
  readonly count: number;
  readonly head: Position;
  readonly headDueAt: number;
}

export interface DeadRecord {
  /** See `encodeLane`. */
  readonly lane: string;
  readonly at: number;
  readonly reason: string;
  readonly attempts: readonly AttemptRecord[];
  /** What the request counts for. */
  readonly cost: number;
  /** The request, packed as a chunk of one. */
  readonly packed: Uint8Array;
}

/** A consumer that is forgotten and whose rows have not all been removed yet. */
interface ForgottenRecord {
  readonly bytes: number;
}

export interface Store {
  readonly environment: RootDatabase;
  readonly room: FileRoom;
  readonly memory: MappedMemory;
  /** The log's own random number, see `entry-id.ts`. */
  readonly logNumber: number;
  /** Position of a chunk's first entry → its requests. */
  readonly chunks: BinaryTable<Position>;
  /** The same key → what is known of it. */
  readonly index: Database<ChunkRow, Position>;
  /** One row, `log`. */
  readonly log: Database<LogRecord, string>;
  /** One row, `marks`; written by the log's writer, see `retention.ts`. */
  readonly marks: Database<readonly Mark[], string>;
  /** Address of a socket → marks of the run that was stored last from it, see `StoredRun`; written by the log's writer. */
  readonly runs: Database<Buffer, string>;
  /**
   * Requests that somebody has deferred and whose chunk is gone, each packed as a chunk of one. Owner 0: the writer of
   * the log, which moved it here; else the consumer that is to try again what the log does not hold for it.
   */
  readonly kept: BinaryTable<[Position, owner: ConsumerNumber]>;
  readonly consumers: Database<ConsumerRecord, string>;
  /** One row, `consumer`: the highest number that was ever given to one. */
  readonly numbers: Database<ConsumerNumber, string>;
  readonly forgotten: Database<ForgottenRecord, ConsumerNumber>;
  readonly deferrals: Database<DeferralRecord, [ConsumerNumber, Position]>;
  readonly lanes: Database<LaneRecord, [ConsumerNumber, laneKey: string]>;
  /** → dueAt. */
  readonly laneEntries: Database<number, [ConsumerNumber, laneKey: string, Position]>;
  /** Heads by the time they are due → key of their lane. */
  readonly due: Database<string, [ConsumerNumber, dueAt: number, Position]>;
  readonly dead: Database<DeadRecord, [ConsumerNumber, Position]>;
  /** See `SpoolMemory`. */
  readonly memories: BinaryTable<string>;
  /** See `outcomes.ts`; `at`: when it was written. */
  readonly outcomes: Database<OutcomeBlock, [ConsumerNumber, from: Position, at: number]>;
}

/** Stands after every position and every time. */
export const beyond = Number.MAX_SAFE_INTEGER;

/** Bytes of a table's trees, of its long values, and of the whole database up to its last page, as LMDB counts them. */
export function sizesOf(table: Pick<Database, 'getStats'>): { trees: number; long: number; all: number } {
  const counts: { readonly [name: string]: number | undefined } = table.getStats();
  const {
    treeBranchPageCount = 0,
    treeLeafPageCount = 0,
    overflowPages = 0,
    lastPageNumber = 0,
    pageSize = 0,
  } = counts;
  const trees = (treeBranchPageCount + treeLeafPageCount) * pageSize;
  return { trees, long: overflowPages * pageSize, all: (lastPageNumber + 1) * pageSize };
}

const emptyLog: LogRecord = { last: 0, receivedAt: 0, bytes: 0 };

export function logRecord(store: Store): LogRecord {
  return store.log.get('log') ?? emptyLog;
}

/** Bytes of dead letters and of requests taken back, of all consumers, also of those half forgotten. */
export function consumerBytes(store: Store): number {
  let bytes = 0;
  for (const { value } of store.consumers.getRange()) bytes += value.deadBytes + value.keptBytes;
  for (const { value } of store.forgotten.getRange()) bytes += value.bytes;
  return bytes;
}

export async function closeStore({ environment, room }: Store): Promise<void> {
  await environment.close();
  room.close();
}
