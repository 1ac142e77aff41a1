/** A spool whose process is killed: what is in it stays, and nothing more gets into it by this way. */
import type { Spool } from '../../src/spool/spool.ts';
import { changedSpool } from './changed-spool.ts';

export interface MortalSpool {
  /** For whoever is to be killed. */
  readonly spool: Spool;
  kill(): void;
}

export function mortalSpool(spool: Spool): MortalSpool {
  let killed = false;
  const commit: Spool['commit'] = async (...step) => {
    if (killed) throw new Error('killed');
    await spool.commit(...step);
  };
  return {
    spool: changedSpool(spool, { commit }),
    kill() {
      killed = true;
    },
  };
}
