/** A daemon that is to be killed: its directory, a webhook and a log notifier that fail, and what can be asked about it. */
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditRow, adminAnswer, type ItemRow, type NotifierRow } from '../../src/admin/protocol.ts';
import { until } from '../support/until.ts';
import { belfry, type Daemon, type DaemonOptions, startDaemon } from './daemon.ts';
import { holdSocket } from './held-socket.ts';
import { wholeLinesOf } from './notification.ts';
import { isDrained, notifierRows, untilDrained } from './notifier-rows.ts';
import { type Key, keyOf } from './numbered-sender.ts';
import { type Defer, makeWorkspace } from './workspace.ts';

/** One notification in the order in which it was delivered. */
export interface Delivered {
  readonly key: Key;
  readonly id: string;
}

export interface CrashPlace {
  readonly directory: string;
  readonly spool: string;
  readonly socket: string;
  readonly configurationFile: string;
  serve(options?: DaemonOptions): Promise<Daemon>;
  /** What the running daemon says of each notifier. */
  status(): Promise<ReadonlyMap<string, NotifierRow>>;
  /** Resolves when no notifier has anything to do. */
  drained(deadlineMs?: number): Promise<void>;
  /** Puts a directory in the place of the log notifier's file, whose lines so far are kept. */
  breakJournal(): Promise<void>;
  mendJournal(): Promise<void>;
  /** All that the log notifier has written. */
  journal(): Promise<readonly Delivered[]>;
}

export interface CrashPlaceOptions {
  readonly url: string;
  readonly lines?: readonly string[];
  /** The socket stays open when the daemon ends, as systemd holds it. */
  readonly held?: boolean;
  /** Default: `spool` in the directory. */
  readonly spool?: string;
}

/** Both retry after the shortest time that there is; hanging attempts must not use up the concurrency. */
export async function makeCrashPlace(
  { url, lines = [], held = false, spool }: CrashPlaceOptions,
  defer: Defer,
): Promise<CrashPlace> {
  const directory = await makeWorkspace(defer);
  const socket = join(directory, 'notify');
  const control = join(directory, 'control');
  const journal = join(directory, 'journal.log');
  const spoolDirectory = spool ?? join(directory, 'spool');
  const configuration = [
    ...['notifiers: hook journal', `spool_directory: ${spoolDirectory}`, 'shutdown_grace: 10s'],
    ...['retry_schedule: 1s', 'breaker_pause: 1s', 'concurrency: 16'],
    ...['hook_method: webhook', `hook_webhook_url: ${url}`, 'hook_attempt_timeout: 5s'],
    ...['journal_method: log', `journal_log_file: ${journal}`],
    ...lines,
  ];
  const configurationFile = await configure(directory, configuration);
  const inherited = held ? { notify: holdSocket(socket, defer) } : undefined;
  let broken = 0;
  const at: CrashPlace = {
    directory,
    spool: spoolDirectory,
    socket,
    configurationFile,
    serve: (options) =>
      startDaemon(['serve', '-C', configurationFile], defer, { ...(inherited && { inherited }), ...options }),
    status: () => notifierRows(control),
    drained: (deadlineMs = 600_000) => untilDrained(control, deadlineMs),
    async breakJournal() {
      broken += 1;
      await rename(journal, join(directory, `journal-${String(broken).padStart(3, '0')}.log`));
      // The daemon may have made the file anew by now.
      await until('a directory to stand in the place of the journal', async () => {
        const made = await mkdir(journal).then(
          () => true,
          () => false,
        );
        if (made) return true;
        broken += 1;
        await rename(journal, join(directory, `journal-${String(broken).padStart(3, '0')}.log`));
        return false;
      });
    },
    mendJournal: () => rmdir(journal),
    async journal() {
      const parts = (await readdir(directory)).filter((name) => /^journal-\d+\.log$/.test(name)).sort();
      const files = [...parts.map((name) => join(directory, name)), journal];
      return (await Promise.all(files.map(deliveredIn))).flat();
    },
  };
  return at;
}

/** Writes the configuration of a directory; answers its file. */
async function configure(directory: string, lines: readonly string[]): Promise<string> {
  const file = join(directory, 'belfry.conf');
  const common = [`configdirectory: ${directory}`, `notifysocket: ${join(directory, 'notify')}`];
  await writeFile(file, `${[...common, ...lines].join('\n')}\n`);
  return file;
}

/** The lines of a log notifier. */
async function deliveredIn(file: string): Promise<readonly Delivered[]> {
  return (await wholeLinesOf(file)).map((line) => {
    const { id, payload }: { id: string; payload: unknown } = JSON.parse(line);
    return { id, key: keyOf(payload) };
  });
}

/**
 * Everything that a spool directory holds, oldest first: delivered by a daemon of another configuration to a notifier that
 * begins at the beginning. The directory must not be in use.
 */
export async function witness(spool: string, defer: Defer): Promise<readonly Delivered[]> {
  const directory = await makeWorkspace(defer);
  const file = join(directory, 'witness.log');
  const configurationFile = await configure(directory, [
    `spool_directory: ${spool}`,
    'notifiers: witness',
    'witness_method: log',
    'witness_from: beginning',
    'witness_order: none',
    `witness_log_file: ${file}`,
  ]);
  const daemon = await startDaemon(['serve', '-C', configurationFile], defer);
  await until('the witness to have heard everything', async () => {
    const row = (await notifierRows(join(directory, 'control'))).get('witness');
    return row !== undefined && isDrained(row);
  });
  await daemon.stop();
  // Without order its batches may overtake each other; the ids sort as the log does.
  return [...(await deliveredIn(file))].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** `belfry queue --audit`. Throws unless it adds up. */
export async function audit(configurationFile: string): Promise<ReadonlyMap<string, AuditRow>> {
  const rows = await rowsOf(['queue', '--audit', '-C', configurationFile]);
  return new Map(rows.flatMap((row) => (row.kind === 'audit' ? [[row.notifier, row] as const] : [])));
}

/** Those that were given up, by notifier. */
export async function deadOf(configurationFile: string, notifier: string): Promise<readonly ItemRow[]> {
  const rows = await rowsOf(['dead', 'list', '--notifier', notifier, '-C', configurationFile]);
  return rows.flatMap((row) => (row.kind === 'dead' ? [row] : []));
}

async function rowsOf(words: readonly string[]) {
  const { status, stdout, stderr } = await belfry([...words, '--json']);
  if (status !== 0) throw new Error(`belfry ${words.join(' ')} ended with status ${status}\n${stdout}${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const answer = adminAnswer.parse({ row: JSON.parse(line) });
      return 'row' in answer ? [answer.row] : [];
    });
}

/** Writes the same configuration for a copy of the spool: other directory, other sockets, no receiver. */
export async function configureCopy(spool: string, defer: Defer): Promise<string> {
  const directory = await makeWorkspace(defer);
  return configure(directory, [
    ...[`spool_directory: ${spool}`, 'notifiers: hook journal', 'hook_method: null', 'journal_method: null'],
  ]);
}

/** Stops every thread of a process where it is; resolves when all stand still. */
export async function freeze(daemon: Daemon): Promise<void> {
  daemon.send('SIGSTOP');
  await until('the process to stand still', async () => {
    const threads = await readdir(`/proc/${daemon.pid}/task`);
    return threads.every((thread) => {
      try {
        const stat = readFileSync(`/proc/${daemon.pid}/task/${thread}/stat`, 'latin1');
        return /^T/.test(stat.slice(stat.lastIndexOf(')') + 2));
      } catch {
        // It has ended since it was listed.
        return false;
      }
    });
  });
}
