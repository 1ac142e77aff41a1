/** What the daemon does when something that it needs runs out: it holds up what needs it, and goes on. */
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import type { Daemon } from './daemon.ts';
import { linesOf } from './notification.ts';
import { clean, makePlace, sendText, serve, untilDelivered } from './place.ts';
import { runSuccessfully } from './run-program.ts';

describe('a lack of', () => {
  test('a reader of its output: EPIPE does not end it', async () => {
    const at = await makePlace(['console_method: log'], 'journal console');
    const daemon = await serve(at);
    daemon.closeOutput();
    await sendText(at, 'said to nobody', 100);
    await untilDelivered(at.journal, 100);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('room on the disk: ENOSPC holds up the notifier that has it, and no other', async () => {
    const at = await makePlace(['full_method: log', 'full_log_file: /dev/full', 'shutdown_grace: 1s'], 'journal full');
    const daemon = await serve(at);
    await sendText(at, 'kept', 100);
    await untilDelivered(at.journal, 100);
    await daemon.line('why it is to be tried again', (line) => {
      const { notifier, outcome } = line;
      return notifier === 'full' && outcome === 'retry' && String(line['reason']).includes('ENOSPC');
    });
    expect(await daemon.stop()).toEqual(clean);
  });

  test('descriptors: EMFILE holds notifications up, and none is lost', async () => {
    const count = 30;
    const at = await makePlace(
      ['program_method: exec', 'program_exec_program: /bin/true', 'program_retry_schedule: 1s', 'program_order: none'],
      'journal program',
    );
    const daemon = await serve(at);
    const descriptors = (await readdir(`/proc/${daemon.pid}/fd`)).length;
    await limitDescriptors(daemon.pid, descriptors + 1);
    await sendText(at, 'to be delivered later', count);
    await daemon.line('why it is to be tried again', (line) => {
      const { notifier, outcome } = line;
      return notifier === 'program' && outcome === 'retry' && String(line['reason']).includes('EMFILE');
    });
    await limitDescriptors(daemon.pid, 1024);
    await until('all runs of the program', () => deliveredBy(daemon, 'program') >= count);
    expect(await daemon.stop()).toEqual(clean);
    expect(deliveredBy(daemon, 'program')).toBe(count);
    expect((await linesOf(at.journal)).length).toBe(count);
  });
});

const deliveredBy = (daemon: Daemon, wanted: string): number =>
  daemon.lines().filter(({ notifier, outcome }) => notifier === wanted && outcome === 'delivered').length;

/** The soft limit only, so that it can be raised again. */
async function limitDescriptors(pid: number, limit: number): Promise<void> {
  await runSuccessfully('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
}
