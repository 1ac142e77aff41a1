/** `belfry replay`: gives one notifier once more what the spool still keeps. */
import type { Command } from 'commander';
import { BelfryError } from '../base/error.ts';
import { type AdminFlags, administer, jsonFlag, report } from './administer.ts';
import { configurationFlag } from './configuration-file.ts';
import type { CommandIo } from './io.ts';

interface ReplayFlags extends AdminFlags {
  readonly notifier: string;
  readonly since: string;
  readonly until?: string;
  readonly events?: string[];
}

export function addReplay(program: Command, io: CommandIo): void {
  program
    .command('replay')
    .summary('deliver entries of a period again to one notifier')
    .description(
      'Delivers the entries received in a period again to one notifier, in order and with the same ids. Does not repeat what ' +
        'still waits or is deferred, dead letters (see belfry dead retry), and what the filters exclude.',
    )
    .requiredOption('-n, --notifier <name>', 'the notifier')
    .requiredOption('--since <time>', 'start of the period: 2026-11-21T10:00:00Z, or how long ago, like 2h')
    .option('--until <time>', 'end of the period (default: now)')
    .option('--events <types...>', 'only events of these types, or requests of these classes')
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action(async (flags: ReplayFlags) => {
      const { moment } = await import('./selection.ts');
      const now = Date.now();
      const { notifier, events } = flags;
      const sinceAt = moment('--since', flags.since, now);
      const untilAt = flags.until === undefined ? undefined : moment('--until', flags.until, now);
      if (untilAt !== undefined && untilAt < sinceAt) throw new BelfryError('USAGE', '--until is before --since');
      const request = { command: 'replay', notifier, sinceAt, untilAt, events } as const;
      report(flags, await administer(flags, request, io), 'will be delivered again', io);
    });
}
