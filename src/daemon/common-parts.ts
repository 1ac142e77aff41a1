/** What every generation of a daemon is opened with. */
import { Repetitions } from '../examine/repetitions.ts';
import type { DaemonLog } from '../log/daemon-log.ts';
import type { Engine } from './engine.ts';
import type { GenerationParts } from './generation.ts';
import type { Recorder } from './recorder.ts';
import { SuspectedLosses } from './suspected-losses.ts';

export type CommonParts = GenerationParts & { readonly losses: SuspectedLosses; readonly recorder: Recorder };

export function commonParts(
  { log: { log, output }, defaultMethod }: { readonly log: DaemonLog; readonly defaultMethod?: string },
  recorder: Recorder,
  { spool: { notes } }: Engine,
): CommonParts {
  const { counts, requests } = recorder;
  const losses = new SuspectedLosses({ log, counts, now: Date.now });
  const given = { ...(notes && { condemned: notes.condemned }), ...(defaultMethod && { defaultMethod }) };
  return { log, output, losses, recorder, requests, repetitions: new Repetitions(), ...given };
}
