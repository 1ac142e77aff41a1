/** What the API says of the daemon itself and of its configuration. */
import { hostname } from 'node:os';
import type { Facts } from '../admin/api.ts';
import { version } from '../base/version.ts';
import type { Source } from '../config/evaluator.ts';
import type { Generation } from './generation.ts';
import type { Recorder } from './recorder.ts';

/** When the configuration in force was loaded, and why a later one was refused, in milliseconds since the epoch. */
export interface LoadedState {
  readonly at: number;
  readonly refused?: { readonly at: number; readonly reason: string };
}

/** A reload exchanges what is asked for. */
export interface FactsParts {
  readonly generation: () => Generation;
  readonly recorder: Pick<Recorder, 'counts' | 'failures'>;
  readonly sockets: () => readonly string[];
  readonly startedAt: number;
  readonly loaded: () => LoadedState;
}

export function factsOf({ generation, recorder, sockets, startedAt, loaded }: FactsParts): Facts {
  const current = () => generation().configuration;
  return {
    ...{ version: version(), host: current().servername || hostname(), pid: process.pid, startedAt, sockets },
    suspectedLosses: () =>
      recorder.counts.all().reduce((sum, { what, count }) => sum + (what === 'suspected' ? count : 0), 0),
    kindOf(name) {
      const { notifiers, builtIns } = current();
      const found = [...notifiers, ...builtIns].find((one) => one.name === name);
      if (found === undefined) return undefined;
      const { preset } = found.values;
      return { method: found.method.name, ...(typeof preset === 'string' ? { label: preset } : {}) };
    },
    lastFailureOf: (notifier) => recorder.failures.of(notifier),
    spoolLimits: () => {
      const { maxBytes, retentionMs } = current().spool;
      return { maxBytes, retentionMs };
    },
    configuration() {
      const { files, inForce } = current();
      const { at, refused } = loaded();
      return {
        files,
        loadedAt: at,
        ...(refused === undefined ? {} : { refused }),
        options: inForce.map(({ option, value, absent, source }) => ({
          name: option,
          value: value ?? `(${absent ?? 'not set'})`,
          from: placeOf(source),
        })),
      };
    },
  };
}

function placeOf(source: Source): string {
  switch (source.kind) {
    case 'default':
      return 'default';
    case 'file':
      return `${source.file}:${source.line}`;
    case 'inherited':
      return `${placeOf(source.source)} (${source.from})`;
  }
}
