/** Many thousand requests at full speed while the webhook's receiver hangs: nobody waits, nothing grows. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { linesOf } from './notification.ts';
import { untilDelivered } from './place.ts';
import { startReceiver } from './receiver.ts';
import { compileSender, senderIsMissing } from './sender.ts';
import { printTable } from './table.ts';
import { makeWorkspace } from './workspace.ts';

const requests = isLong ? 100_000 : 40_000;
const graceS = 2;

interface Case {
  readonly spoolMiB: number;
  readonly padding: number;
  readonly fits: boolean;
}

/** Far more than may be held, and no more than that. */
const cases: readonly Case[] = [
  { spoolMiB: 16, padding: 4000, fits: false },
  { spoolMiB: 256, padding: 0, fits: true },
];

/**
 * What the daemon may take beyond what it had when it was ready: each of the two threads has at most 32 MiB of the spool
 * mapped. What was read and is not in it yet is bounded by 16 MiB; each of
 * the two notifiers holds at most 16 MiB of what is in it. The collector of garbage lets a heap grow to about twice what
 * it holds; the last 96 MiB are the young generation and the buffers.
 */
const allowedGrowthMiB = 2 * 32 + 2 * (16 + 2 * 16) + 96;

const missing = await senderIsMissing();
const title =
  missing === undefined ? 'a webhook receiver that hangs' : `a webhook receiver that hangs (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(title, () => {
  test.each(cases)('$spoolMiB MiB of spool: requests are taken at full speed, in bounded memory', async (given) => {
    const { spoolMiB, padding, fits } = given;
    const directory = await makeWorkspace(onTestFinished);
    const sender = await compileSender(directory, padding);
    const receiver = await startReceiver('hang', onTestFinished);
    const socket = join(directory, 'notify');
    const journal = join(directory, 'journal.log');
    const lines = [
      `configdirectory: ${directory}`,
      `notifysocket: ${socket}`,
      'event_groups: flags',
      `spool_max_size: ${spoolMiB}M`,
      `shutdown_grace: ${graceS}s`,
      'notifiers: hook journal',
      'hook_method: webhook',
      `hook_webhook_url: ${receiver.url}`,
      'hook_attempt_timeout: 10s',
      // One mailbox has one lane: without order as many requests hang as may be under way.
      'hook_order: none',
      'journal_method: log',
      `journal_log_file: ${journal}`,
    ];
    const configurationFile = join(directory, 'belfry.conf');
    await writeFile(configurationFile, `${lines.join('\n')}\n`);
    const daemon = await startDaemon(['serve', '-C', configurationFile], onTestFinished);
    const idle = await daemon.memory();

    const first = await sender.send(socket, requests);
    const afterFirst = await daemon.memory();
    const second = await sender.send(socket, requests);
    await until('the receiver to hang', () => receiver.begun() > 0);
    // How many are kept where not all fit depends on the batch that found the log full; so these are only most of them.
    const most = fits ? 2 * requests : 2500;
    await untilDelivered(journal, most);
    const afterSecond = await daemon.memory();
    const deliveredAt = performance.now();
    const exit = await daemon.stop();
    const stoppedInMs = performance.now() - deliveredAt;

    const allowed = mib(idle.highest) + allowedGrowthMiB;
    const { received, lost, truncated } = intakeOf(daemon);
    printTable(`${requests} requests at full speed, twice; the webhook's receiver hangs; spool_max_size ${spoolMiB}M`, [
      ['', 'failed', 'per second', 'sender waits p50 (us)', 'p99', 'longest', 'memory (MiB)'],
      ['idle', '', '', '', '', '', mib(idle.highest)],
      ['first', first.errors, first.perSecond, first.p50us, first.p99us, first.maxUs, mib(afterFirst.highest)],
      ['second', second.errors, second.perSecond, second.p50us, second.p99us, second.maxUs, mib(afterSecond.highest)],
      ['allowed', 0, '', '', '', '', allowed],
    ]);
    process.stdout.write(
      `  kept ${received}, refused for want of room ${lost}; the webhook was asked ${receiver.begun()} times; ` +
        `stopped in ${Math.round(stoppedInMs)} ms\n\n`,
    );
    expect(first.errors + second.errors).toBe(0);
    // Whoever waits for the receiver waits for ten seconds; whoever waits for a disk that others use, for less.
    expect(Math.max(first.maxUs, second.maxUs)).toBeLessThan(5_000_000);
    expect(mib(afterSecond.highest)).toBeLessThan(allowed);
    // Every request was read: it is in the log, or was counted as refused because the log was full.
    expect({ all: received + lost, truncated }).toEqual({ all: 2 * requests, truncated: 0 });
    expect(lost === 0).toBe(fits);
    expect(exit).toEqual({ status: 0, signal: null });
    expect(stoppedInMs).toBeLessThan(graceS * 1000 + 6000);
    // The notifier beside it is not held up.
    expect((await linesOf(journal)).length + unfinished(daemon, 'journal')).toBe(received);
    expect(refusalLines(daemon).length).toBeLessThan(20);
  });
});

const mib = (bytes: number): number => Math.round(bytes / (1024 * 1024));

interface IntakeCounts {
  readonly received: number;
  readonly lost: number;
  readonly truncated: number;
}

/** What the daemon says of its socket when it stops. */
function intakeOf(daemon: Daemon): IntakeCounts {
  const intake = daemon.lines().find(({ msg }) => msg === 'stopped')?.['intake'];
  if (!Array.isArray(intake))
    throw new Error(`the daemon did not say what its socket took:\n${daemon.output().slice(-2000)}`);
  return intake[0];
}

/** What the daemon says it leaves undone for a notifier when it stops. */
function unfinished(daemon: Daemon, notifier: string): number {
  const line = daemon.lines().find((one) => one['notifier'] === notifier && one['unfinished'] !== undefined);
  return Number(line?.['unfinished'] ?? 0);
}

/** Lines about requests that were refused: a limited number, however many there were. */
const refusalLines = (daemon: Daemon): readonly unknown[] =>
  daemon.lines().filter((line) => line['lost'] !== undefined);
