/** A daemon and a Dovecot that reports everything to it over HTTP, and what is known of them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { MailEvent } from '../../src/base/event.ts';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { belfry, type Daemon, startDaemon } from './daemon.ts';
import {
  type Dovecot,
  type DovecotRelease,
  type DovecotSettings,
  type Driver,
  dovecot23,
  dovecotWorkspace,
  startDovecot,
} from './dovecot.ts';
import { linesOf } from './notification.ts';

export const titleOf = ({ name, missing }: DovecotRelease): string =>
  missing === undefined ? `a real Dovecot ${name}` : `a real Dovecot ${name} (skipped: ${missing})`;

export interface Site {
  readonly daemon: Daemon;
  readonly dovecot: Dovecot;
  readonly configurationFile: string;
  readonly journal: string;
}

/** belfry and a Dovecot that reports everything to it. `lines` are notifiers beside the journal, named in `notifiers`. */
export async function makeSite(
  drivers: readonly Driver[],
  {
    release = dovecot23,
    notifiers = '',
    lines = [],
    lua,
  }: { notifiers?: string; lines?: readonly string[] } & Pick<DovecotSettings, 'lua' | 'release'> = {},
): Promise<Site> {
  const directory = await dovecotWorkspace(release, onTestFinished);
  const { HTTP } = await freePorts(['HTTP']);
  const configurationFile = join(directory, 'belfry.conf');
  const journal = join(directory, 'journal.log');
  const configuration = [
    `configdirectory: ${directory}`,
    `notifysocket: ${join(directory, 'notify')}`,
    `http_listen: 127.0.0.1:${HTTP}`,
    'event_groups: message flags mailbox subscription',
    `notifiers: journal ${notifiers}`,
    'journal_method: log',
    `journal_log_file: ${journal}`,
    ...lines,
  ];
  await writeFile(configurationFile, `${configuration.join('\n')}\n`);
  const daemon = await startDaemon(['serve', '-C', configurationFile], onTestFinished);
  const settings = {
    release,
    state: join(directory, 'dovecot'),
    drivers,
    belfryUrl: `http://127.0.0.1:${HTTP}`,
    // What does not come in time is lost, as it must be; that is tried where it is asked for.
    lua: lua ?? { belfry_timeout_msecs: '60000' },
  };
  return { daemon, dovecot: await startDovecot(settings, onTestFinished), configurationFile, journal };
}

interface QueueRow {
  readonly notifier: string;
  readonly waiting: number;
  readonly deferred: number;
  readonly dead: number;
}

async function queueOf(site: Site): Promise<readonly QueueRow[]> {
  const { status, stdout } = await belfry(['queue', '--json', '-C', site.configurationFile]);
  expect(status).toBe(0);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Resolves when every notifier has all there is; nothing may be dead, nor set aside as not understood. */
export async function untilAllDelivered(site: Site): Promise<void> {
  let rows: readonly QueueRow[] = [];
  await until(
    'every notifier to have all there is',
    async () => {
      rows = await queueOf(site);
      return rows.every(({ waiting, deferred }) => waiting + deferred === 0);
    },
    { deadlineMs: 600_000, seen: () => JSON.stringify(rows) },
  );
  expect(rows.filter(({ dead }) => dead > 0)).toEqual([]);
}

export async function journalOf({ journal }: Site): Promise<readonly MailEvent[]> {
  return (await linesOf(journal)).map((line) => JSON.parse(line).payload);
}
