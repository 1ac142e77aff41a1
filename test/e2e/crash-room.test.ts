/** No room for the log: the daemon goes on reading, says what it loses, and keeps everything else; with room it recovers. */
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { chanceOf } from './chance.ts';
import { expectOrder } from './crash-account.ts';
import { audit, type CrashPlace, makeCrashPlace, witness } from './crash-place.ts';
import type { Daemon } from './daemon.ts';
import { startFailingReceiver } from './failing-receiver.ts';
import { numberedSender } from './numbered-sender.ts';
import { clean } from './place.ts';
import { runSuccessfully } from './run-program.ts';
import { printTable } from './table.ts';
import { makeWorkspace } from './workspace.ts';

const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 2 ** 31);
/** Of each event: the room beyond the end of the log is to be used up soon. */
const padding = 32_000;

interface Shortage {
  /** Takes the room away, and gives it back. */
  readonly take: (at: CrashPlace, daemon: Daemon) => Promise<void>;
  readonly giveBack: (at: CrashPlace, daemon: Daemon) => Promise<void>;
  readonly reason: RegExp;
}

const limit = (daemon: Daemon, bytes: string): Promise<unknown> =>
  runSuccessfully('prlimit', ['--pid', String(daemon.pid), `--fsize=${bytes}:`]);

/** The file may not grow beyond what it has: what a quota does. */
const fileSize: Shortage = {
  take: async (at, daemon) => {
    await limit(daemon, String(statSync(join(at.spool, 'spool.mdb')).size));
  },
  giveBack: async (_, daemon) => {
    await limit(daemon, 'unlimited');
  },
  reason: /EFBIG|too large/i,
};

const filler = (at: CrashPlace): string => join(at.spool, 'filler');

/** Somebody else fills the file system to its last byte. */
const fullDisk: Shortage = {
  take: async (at) => {
    const file = openSync(filler(at), 'w');
    try {
      for (let size = 1024 * 1024; size >= 1; ) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch {
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(file);
    }
  },
  giveBack: (at) => rm(filler(at)),
  reason: /ENOSPC|no space/i,
};

async function smallDisk(): Promise<string> {
  const directory = await makeWorkspace(onTestFinished);
  await runSuccessfully('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', directory]);
  onTestFinished(async () => {
    await runSuccessfully('umount', [directory]);
  });
  return directory;
}

async function runOutOfRoom({ take, giveBack, reason }: Shortage, name: string, spool?: string): Promise<void> {
  const receiver = await startFailingReceiver(
    { chance: chanceOf(seed), forgetful: false, isRefused: () => false },
    onTestFinished,
  );
  const room = spool === undefined ? {} : { spool };
  const at = await makeCrashPlace({ url: receiver.url, ...room }, onTestFinished);
  const sender = numberedSender(at.socket, chanceOf(seed + 1), padding);
  const daemon = await at.serve();
  const received = async (): Promise<number> => (await at.status()).get('journal')?.received ?? 0;
  const refusal = () => daemon.lines().find(({ lost }) => lost !== undefined);

  await sender.send(200);
  await until('everything to be received', async () => (await received()) === 200);
  await take(at, daemon);
  await until('the first to be refused', async () => {
    await sender.send(50);
    return refusal() !== undefined;
  });
  expect(refusal()).toMatchObject({ level: 'error', reason: expect.stringMatching(reason) });
  // It goes on reading: each of these is accepted, and nobody waits for long.
  await sender.send(300);
  await giveBack(at, daemon);
  const kept = await received();
  await until('it to take requests again', async () => {
    await sender.send(1);
    return (await received()) > kept;
  });
  const last = sender.accepted();
  await sender.send(100);
  await at.drained();
  expect(await daemon.stop()).toEqual(clean);

  const audited = await audit(at.configurationFile);
  const log = await witness(at.spool, onTestFinished);
  const counts = intakeOf(daemon);
  // The journal has everything that was received, each once: what was delivered again has the same id.
  const journal = await at.journal();
  const all = [...new Map(journal.map((one) => [one.id, one])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  printTable(`${name}, seed ${seed}`, [
    ['accepted', 'received', 'counted as lost', 'still in the log'],
    [sender.accepted(), counts.received, counts.lost, log.length],
  ]);
  // Every request that was accepted was received or counted as lost, and both counts are exact.
  expect(counts).toEqual({ received: all.length, lost: sender.accepted() - all.length });
  expect(loggedAsLost(daemon)).toBe(counts.lost);
  const keys = sender.lives.flat();
  const order = new Map(keys.map((key, index) => [key, index]));
  const positions = all.map(({ key }) => order.get(key) ?? -1);
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  expect(all.slice(0, 200).map(({ key }) => key)).toEqual(keys.slice(0, 200));
  // What is missing in the log made room: its oldest entries, which everybody had, and no others.
  expect(log).toEqual(all.slice(all.length - log.length));
  expect(log.slice(-100).map(({ key }) => key)).toEqual(keys.slice(last));
  expectOrder(all, receiver.taken);
  expectOrder(all, journal);
  for (const notifier of ['hook', 'journal']) {
    expect(audited.get(notifier)).toMatchObject({
      received: all.length,
      delivered: all.length,
      difference: 0,
      faults: [],
    });
  }
}

/** What the daemon says of its socket when it stops. */
function intakeOf(daemon: Daemon): { readonly received: number; readonly lost: number } {
  const intake = daemon.lines().find(({ msg }) => msg === 'stopped')?.['intake'];
  if (!Array.isArray(intake)) throw new Error('the daemon did not say what its socket took');
  const [{ received, lost }] = intake;
  return { received, lost };
}

const loggedAsLost = (daemon: Daemon): number =>
  daemon
    .lines()
    .reduce((sum, { level, lost }) => sum + (level === 'error' && lost !== undefined ? Number(lost) : 0), 0);

describe('no room for the log', () => {
  test('its file may not grow any more', () => runOutOfRoom(fileSize, 'RLIMIT_FSIZE'));

  // Only root may mount.
  test.skipIf(process.getuid?.() !== 0)('the disk is full (only root can mount a small one)', async () => {
    await runOutOfRoom(fullDisk, 'ENOSPC', join(await smallDisk(), 'spool'));
  });
});
