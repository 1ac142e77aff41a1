import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';
import { spoolContract, testTime } from '../../contract/spool.ts';

spoolContract('lmdb', async (maxBytes, onDiscard) => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-spool-'));
  const spool = await openLmdbSpool({
    directory,
    maxBytes,
    retentionMs: 0,
    now: () => testTime,
    random: () => 0.5,
    onDiscard,
  });
  return {
    spool,
    async close() {
      await spool.close();
      rmSync(directory, { recursive: true });
    },
  };
});
