/** Opens the database of the log, or makes it, with every failure explained and what cannot be used moved aside. */
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, type Key, open, type RootDatabase } from 'lmdb';
import { BelfryError, messageOf } from '../../../base/error.ts';
import { closeAllOnExec } from '../../../os/close-on-exec.ts';
import { makeDirectories } from '../../../os/make-directory.ts';
import type { SpoolOptions } from '../../engine.ts';
import { maxLogNumber } from '../../entry-id.ts';
import { flawOf } from './file-check.ts';
import { type Contents, FileRoom, growthOf } from './file-room.ts';
import { MappedMemory } from './mapped-memory.ts';
import { type Store, sizesOf } from './store.ts';

const formatVersion = 1;
export const fileName = 'spool.mdb';

interface Meta {
  readonly format: number;
  readonly logNumber: number;
}

/** The address space of the database is reserved by `maxBytes`. */
export type OpenStoreOptions = Omit<SpoolOptions, 'retentionMs'>;

/** Makes the directory. Throws BelfryError SPOOL_OPEN with the remedy. */
export function makeDirectory(directory: string): void {
  try {
    makeDirectories(directory, 0o700);
  } catch (thrown) {
    throw new BelfryError(
      'SPOOL_OPEN',
      `spool_directory ${directory} cannot be created: ${messageOf(thrown)}; create it and give it to the user of the daemon`,
    );
  }
}

/**
 * Opens the database, or makes it. One that is damaged or is none of ours is moved aside and a new one is begun. Throws
 * BelfryError SPOOL_OPEN for what an administrator must mend: permissions, a full disk, a newer format.
 */
export function openStore(options: OpenStoreOptions): Store {
  const { directory, now, onMovedAside } = options;
  const file = join(directory, fileName);
  try {
    const flaw = flawOf(file);
    if (flaw !== undefined) moveAside(flaw);
    try {
      return openTables(file, options);
    } catch (thrown) {
      if (!isForeign(thrown)) throw thrown;
      moveAside(messageOf(thrown));
      return openTables(file, options);
    }
  } catch (thrown) {
    if (thrown instanceof BelfryError) throw thrown;
    throw new BelfryError(
      'SPOOL_OPEN',
      `the spool ${file} cannot be opened: ${messageOf(thrown)}; the user of the daemon must be able to read and write it, and the disk must have room`,
    );
  }

  function moveAside(reason: string): void {
    const aside = placeAside(file, now());
    renameSync(file, aside);
    onMovedAside?.(aside, reason);
  }
}

/** Where a file is moved that cannot be used. */
export function placeAside(file: string, now: number): string {
  return `${file}.damaged-${new Date(now).toISOString().replaceAll(/[-:.]/g, '')}`;
}

/** Opens the database that another thread of this process has opened already. */
export function joinStore(options: OpenStoreOptions): Store {
  const file = join(options.directory, fileName);
  // Never made anew: the other thread would not see it.
  if (!existsSync(file))
    throw new BelfryError('SPOOL_OPEN', `the spool ${file} has been removed while it was being opened`);
  return openTables(file, options);
}

/** How the database is used; the same in every thread. */
const manner = {
  noSubdir: true,
  maxDbs: 32,
  // A commit resolves once it is on disk, not when it can be seen.
  overlappingSync: false,
  // A transaction is what `batch` is given, as a whole, before the thread of the database sees any of it: that thread
  // never waits for this one, and a commit that fails rejects no promise that nobody holds.
  eventTurnBatching: false,
  batchStartThreshold: Number.POSITIVE_INFINITY,
};

class ForeignError extends Error {}

/** Opens the database of a file, or makes it. */
export function openTables(file: string, { random, maxBytes, directory }: OpenStoreOptions): Store {
  const isNew = !existsSync(file);
  // The size is of address space, no memory: never exchanged for a larger one while another thread reads through it.
  const environment = open({ path: file, ...manner, mapSize: 4 * maxBytes + 2 ** 30 });
  // LMDB opens its file without O_CLOEXEC (mdb_fopen), and no program that we start may have it.
  closeAllOnExec();
  let room: FileRoom | undefined;
  try {
    chmodSync(file, 0o600);
    const tables: Database[] = [environment];
    room = new FileRoom(file, () => contentsOf(tables));
    if (isNew) room.ensure({ growth: growthOf(100) });
    room.reserve();
    const parts = { environment, room, memory: new MappedMemory(file) };
    // In one transaction, so that a new log is there as a whole or not at all.
    const store = environment.transactionSync(() => tablesOf(parts, identify(environment, file, random), tables));
    if (isNew) syncDirectory(directory);
    return store;
  } catch (thrown) {
    void environment.close();
    room?.close();
    throw thrown;
  }
}

/** `parts`: what a store has beside its tables. */
function tablesOf(parts: Pick<Store, 'environment' | 'room' | 'memory'>, logNumber: number, tables: Database[]): Store {
  const known = new Set<Key>(parts.environment.getKeys());
  const opened = <V, K extends Key>(name: string, encoding: 'msgpack' | 'binary' = 'msgpack'): Database<V, K> => {
    // The file of an older version may lack some.
    if (!known.has(name)) parts.room.ensure({ growth: growthOf(10) });
    const table = parts.environment.openDB<V, K>({ name, encoding });
    tables.push(table);
    return table;
  };
  return {
    ...parts,
    logNumber,
    chunks: opened('chunks', 'binary'),
    index: opened('index'),
    log: opened('log'),
    marks: opened('marks'),
    runs: opened('runs', 'binary'),
    kept: opened('kept', 'binary'),
    consumers: opened('consumers'),
    numbers: opened('numbers'),
    forgotten: opened('forgotten'),
    deferrals: opened('deferrals'),
    lanes: opened('lanes'),
    laneEntries: opened('lane-entries'),
    due: opened('due'),
    dead: opened('dead'),
    memories: opened('memories', 'binary'),
    outcomes: opened('outcomes'),
  };
}

function contentsOf(tables: readonly Database[]): Contents {
  const sizes = tables.map(sizesOf);
  const trees = sizes.reduce((sum, one) => sum + one.trees, 0);
  const long = sizes.reduce((sum, one) => sum + one.long, 0);
  return { free: (sizes.at(-1)?.all ?? 0) - trees - long, trees };
}

/** The number of the log, which a new one gets here. */
function identify(environment: RootDatabase, file: string, random: () => number): number {
  const tables = [...environment.getKeys()];
  if (tables.length > 0 && !tables.includes('meta')) {
    throw new ForeignError('it is the database of another program');
  }
  const meta = environment.openDB<Meta, string>({ name: 'meta' });
  const known = meta.get('meta');
  if (known === undefined) {
    const logNumber = Math.floor(random() * maxLogNumber);
    meta.putSync('meta', { format: formatVersion, logNumber });
    return logNumber;
  }
  if (known.format !== formatVersion) {
    throw new BelfryError(
      'SPOOL_OPEN',
      `the spool ${file} has format ${known.format}, this belfry knows ${formatVersion}: use the version that wrote it, or move the file away`,
    );
  }
  return known.logNumber;
}

/** A new file is safe only when its directory is on disk too. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether an error says that the file is no database of ours, or is damaged. */
function isForeign(thrown: unknown): boolean {
  if (thrown instanceof ForeignError) return true;
  if (thrown instanceof BelfryError) return false;
  return /MDB_(?:INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND|INCOMPATIBLE)/.test(messageOf(thrown));
}
