/** The engines that can keep the spool, by the values of `spool_engine`: a new one is a folder beside this file, and its entry here. */
import type { SpoolEngine } from './engine.ts';
import { absenceFailure } from './lmdb/disk/failure.ts';

const lmdb: SpoolEngine = {
  async open(location, parts) {
    const { openLmdbSpool } = await import('./lmdb/lmdb-spool.ts');
    const spool = await openLmdbSpool({
      ...location,
      ...parts,
      writer: 'elsewhere',
      onAbsence: (absence) => parts.onAbsence?.(absence && absenceFailure(absence).message),
    });
    return { spool, notice: (last) => spool.notice(last) };
  },
  async openOffline(location, parts) {
    const { openLmdbSpool } = await import('./lmdb/lmdb-spool.ts');
    return openLmdbSpool({ ...location, ...parts });
  },
  writers: {
    async openWriter(location, clock, onLast) {
      const { openLogWriter } = await import('./lmdb/log/open-log-writer.ts');
      return openLogWriter({ ...location, ...clock }, onLast);
    },
    async joinWriter(port) {
      const { RemoteWriter } = await import('./lmdb/log/remote-writer.ts');
      return new RemoteWriter(port);
    },
  },
};

const spoolEngines = { lmdb } satisfies Readonly<Record<string, SpoolEngine>>;

export type SpoolEngineName = keyof typeof spoolEngines;

/** The engine of this name. */
export function spoolEngine(name: SpoolEngineName): SpoolEngine {
  return spoolEngines[name];
}
