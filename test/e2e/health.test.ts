/** A real daemon that cannot store says so, with the reason, and is ready again when the cause is gone; it stays alive all the while. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { makePlace, sendText, serve } from './place.ts';
import { runSuccessfully } from './run-program.ts';
import { makeWorkspace } from './workspace.ts';

interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly { readonly check: string; readonly ok: boolean; readonly detail: string }[];
}

async function started(...more: readonly string[]) {
  const { port } = await freePorts(['port']);
  const at = await makePlace([`metrics_listen: 127.0.0.1:${port}`, ...more]);
  await serve(at);
  const ask = async (path: string): Promise<{ readonly status: number; readonly json: unknown }> => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`);
    return { status: statusCode, json: await body.json() };
  };
  /** Resolves when exactly these checks fail; before each look something is done. */
  const untilFailing = async (checks: readonly string[], act = async (): Promise<void> => {}): Promise<void> => {
    let seen = '';
    await until(
      `these checks to fail: ${checks.join(', ') || 'none'}`,
      async () => {
        await act();
        const { status, json } = await ask('/readyz');
        seen = JSON.stringify(json);
        const { ready, reasons } = json as Readiness;
        const failing = reasons.filter(({ ok }) => !ok).map(({ check }) => check);
        expect([status, ready]).toEqual(failing.length === 0 ? [200, true] : [503, false]);
        return failing.join() === checks.join();
      },
      { seen: () => seen },
    );
    expect(await ask('/healthz')).toMatchObject({ status: 200, json: { alive: true } });
  };
  return { at, untilFailing };
}

test('the directory of the spool is moved away', async () => {
  const { at, untilFailing } = await started();
  await untilFailing([]);
  const spool = join(at.directory, 'spool');
  await rename(spool, `${spool}-elsewhere`);
  await untilFailing(['spool']);
  // The thread that stores looks for itself: what comes before that goes into the spool that was moved.
  await untilFailing(['spool', 'storing'], () => sendText(at, 'lost'));
  await rename(`${spool}-elsewhere`, spool);
  await untilFailing([], () => sendText(at, 'kept'));
});

test('the file of the socket is removed, and cannot be made again', async () => {
  const { at, untilFailing } = await started();
  await rm(at.socket);
  await mkdir(at.socket);
  await untilFailing(['sockets']);
  await rm(at.socket, { recursive: true });
  await untilFailing([]);
});

test.skipIf(process.getuid?.() !== 0)('the disk is full (only root can mount a small one)', async () => {
  const disk = await makeWorkspace(onTestFinished);
  await runSuccessfully('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
  onTestFinished(async () => {
    await runSuccessfully('umount', [disk]);
  });
  const { untilFailing } = await started(`spool_directory: ${join(disk, 'spool')}`);
  await untilFailing([]);
  const filler = join(disk, 'filler');
  const file = openSync(filler, 'w');
  try {
    const block = Buffer.alloc(65_536);
    for (;;) writeSync(file, block);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(file);
  }
  await untilFailing(['disk']);
  await rm(filler);
  await untilFailing([]);
});
