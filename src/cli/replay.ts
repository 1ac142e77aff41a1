/** `belfry replay`: gives one notifier once more what the log still keeps. */
import type { Command } from 'commander';
import { BelfryError } from '../base/error.ts';
import { type AdminFlags, administer, jsonFlag, report } from './administer.ts';
import { configurationFlag } from './configuration-file.ts';
import type { CommandIo } from './io.ts';
import { moment } from './selection-flags.ts';

interface ReplayFlags extends AdminFlags {
  readonly notifier: string;
  readonly since: string;
  readonly until?: string;
  readonly events?: string[];
}

export function addReplay(program: Command, io: CommandIo): void {
  program
    .command('replay')
    .summary('deliver once more to one notifier what the log still keeps')
    .description(
      'Delivers to one notifier what was received in a time, once more, in its order and under the same ids. What still ' +
        'waits or is deferred is left alone, as are dead letters (see belfry dead retry) and what the filters hold back.',
    )
    .requiredOption('-n, --notifier <name>', 'the notifier')
    .requiredOption('--since <time>', 'received from then on: 2026-11-21T10:00:00Z, or how long ago, like 2h')
    .option('--until <time>', 'received until then (default: now)')
    .option('--events <types...>', 'only events of these types, or requests of these classes')
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action(async (flags: ReplayFlags) => {
      const now = Date.now();
      const { notifier, events } = flags;
      const sinceAt = moment('--since', flags.since, now);
      const untilAt = flags.until === undefined ? undefined : moment('--until', flags.until, now);
      if (untilAt !== undefined && untilAt < sinceAt) throw new BelfryError('USAGE', '--until lies before --since');
      const request = { command: 'replay', notifier, sinceAt, untilAt, events } as const;
      report(flags, await administer(flags, request, io), 'to be delivered once more', io);
    });
}
