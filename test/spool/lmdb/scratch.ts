/** A directory for the spools of one test file, and what opens them with a fixed clock. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { type LmdbSpool, type LmdbSpoolOptions, openLmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';
import { testTime } from '../../contract/spool.ts';

export interface Scratch {
  /** A directory that does not exist yet. */
  directory(): string;
  /** Closed after the test. */
  open(directory: string, options?: Partial<LmdbSpoolOptions>): Promise<LmdbSpool>;
}

export function scratchSpools(): Scratch {
  const root = mkdtempSync(join(tmpdir(), 'belfry-spool-'));
  const opened: LmdbSpool[] = [];
  let count = 0;
  afterEach(async () => {
    for (const spool of opened.splice(0)) await spool.close();
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return {
    directory: () => join(root, `${++count}`),
    async open(directory, options = {}) {
      const fixed = { maxBytes: 1 << 20, retentionMs: 0, now: () => testTime, random: () => 0.5 };
      const spool = await openLmdbSpool({ directory, ...fixed, ...options });
      opened.push(spool);
      return spool;
    },
  };
}
