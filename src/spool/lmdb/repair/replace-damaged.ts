/**
 * Keeps a damaged database from ending every start: looks at its pages before LMDB does, whenever the last process did
 * not close it, and puts a new one in its place with what could be read of the old.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../base/error.ts';
import { flawOf } from '../disk/file-check.ts';
import { fileName, type OpenStoreOptions, openStore, openTables, placeAside } from '../disk/open-store.ts';
import { closeStore, type Store } from '../disk/store.ts';
import { type Marker, markerIn } from './marker.ts';
import { rowFlawOf } from './mend.ts';
import { pageFlawOf } from './page-reader.ts';
import { type Salvaged, salvage } from './salvage.ts';

/** So many processes in a row have ended while they opened it: it does not matter why. */
const mostEndedOpening = 2;

const nothing: Salvaged = { requests: 0, notifiers: 0, deferred: 0, dead: 0, lost: {}, flaws: [] };

interface CarefullyOpened {
  readonly store: Store;
  readonly marker: Marker;
  /** Set when the records of notifiers were lost: where one begins that seems to be new. */
  readonly newFrom?: 0;
}

/** As `openStore` does, but what would end the process is replaced before. `flaw`: what has shown itself already. */
export async function openCarefully(options: OpenStoreOptions, flaw?: string): Promise<CarefullyOpened> {
  const { directory } = options;
  const file = join(directory, fileName);
  const marker = markerIn(directory);
  finishReplacing(file);
  marker.opening();
  const reason = flaw ?? (marker.unclosed ? flawOfUnclosed(file, marker) : undefined);
  let salvaged = reason === undefined ? undefined : await replace(file, reason, options);
  let store = openStore(options);
  const inRows = marker.unclosed && salvaged === undefined ? rowFlawOf(store) : undefined;
  if (inRows !== undefined) {
    await closeStore(store);
    salvaged = await replace(file, inRows, options);
    store = openStore(options);
  }
  return { store, marker, ...((salvaged?.lost['consumers'] ?? 0) > 0 ? { newFrom: 0 } : {}) };
}

function flawOfUnclosed(file: string, { endedOpening }: Marker): string | undefined {
  // What has no meta pages, `openStore` moves aside: there is nothing to begin with.
  if (!existsSync(file) || flawOf(file) !== undefined) return undefined;
  const flaw = pageFlawOf(file);
  if (flaw !== undefined) return flaw;
  if (endedOpening < mostEndedOpening) return undefined;
  return `${endedOpening} processes in a row have ended while they opened it`;
}

/** The new one is made beside the old, and takes its place as a whole. */
async function replace(file: string, reason: string, options: OpenStoreOptions): Promise<Salvaged> {
  const beside = `${file}.new`;
  removeBeside(beside);
  const store = openTables(beside, options);
  let salvaged: Salvaged;
  try {
    salvaged = salvage(store, file);
  } catch (thrown) {
    // What is damaged in a way that nobody has thought of must not end every start: the new one begins empty.
    salvaged = { ...nothing, stopped: messageOf(thrown) };
  } finally {
    await closeStore(store);
  }
  if (salvaged.requests + salvaged.notifiers === 0) removeBeside(beside);
  const aside = placeAside(file, options.now());
  renameSync(file, aside);
  if (existsSync(beside)) renameSync(beside, file);
  removeBeside(beside);
  options.onMovedAside?.(aside, reason);
  options.onSalvaged?.(aside, salvaged);
  return salvaged;
}

/** A process may have ended between two renames, or before the first. */
function finishReplacing(file: string): void {
  const beside = `${file}.new`;
  if (!existsSync(file) && existsSync(beside)) renameSync(beside, file);
  removeBeside(beside);
}

function removeBeside(beside: string): void {
  for (const path of [beside, `${beside}-lock`]) rmSync(path, { force: true });
}
