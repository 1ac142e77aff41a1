/** A small daemon of its own for one test: a directory, a configuration with a log notifier, a way to send it something. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { sendRequests } from '../../src/cli/send-requests.ts';
import { until } from '../support/until.ts';
import { belfry, type Daemon, startDaemon } from './daemon.ts';
import { lineCounter } from './notification.ts';
import { makeWorkspace } from './workspace.ts';

export interface Place {
  readonly directory: string;
  readonly socket: string;
  readonly configurationFile: string;
  readonly journal: string;
}

/** A directory with a configuration of one log notifier, `journal`, and whatever `lines` add. */
export async function makePlace(lines: readonly string[] = [], notifiers = 'journal'): Promise<Place> {
  const directory = await makeWorkspace(onTestFinished);
  const at: Place = {
    directory,
    socket: join(directory, 'notify'),
    configurationFile: join(directory, 'belfry.conf'),
    journal: join(directory, 'journal.log'),
  };
  await configure(at, [`notifiers: ${notifiers}`, 'journal_method: log', `journal_log_file: ${at.journal}`, ...lines]);
  return at;
}

export function configure({ directory, socket, configurationFile }: Place, lines: readonly string[]): Promise<void> {
  const common = [`configdirectory: ${directory}`, `notifysocket: ${socket}`];
  return writeFile(configurationFile, `${[...common, ...lines].join('\n')}\n`);
}

export const serve = ({ configurationFile }: Place): Promise<Daemon> =>
  startDaemon(['serve', '-C', configurationFile], onTestFinished);

/** Sends a message as `belfry send -t` does, without a process for it. */
export async function sendText({ socket }: Place, message: string, repeat = 1): Promise<void> {
  const source = { kind: 'message', message, request: { class: 'TEST' } } as const;
  await sendRequests({ socket, source, repeat, defaultUser: 'somebody' }, { out: () => {}, err: () => {} });
}

/** `belfry send`, in a process of its own. */
export async function send({ socket }: Place, ...words: readonly string[]): Promise<void> {
  expect(await belfry(['send', '-f', socket, '-c', 'TEST', ...words])).toMatchObject({ status: 0 });
}

export function untilDelivered(file: string, count: number): Promise<true> {
  const linesIn = lineCounter(file);
  return until(`${count} lines in ${file}`, async () => (await linesIn()) >= count);
}

/** How a daemon ends that was asked to. */
export const clean = { status: 0, signal: null };
