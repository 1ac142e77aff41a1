/**
 * Nothing is lost that has been taken, whenever the daemon dies.
 *
 * What has been taken? A datagram that waits in the kernel's queue, or is read and not yet committed, dies with the
 * process; no daemon can do otherwise, because a datagram has no answer. So two kinds of events count:
 * - those that the daemon has acknowledged: the count of received requests that it gives on its control socket is of what
 *   is committed, and the sender's order is the order of the log. All of them must be there, always. In a part of the
 *   lives sending stops until everything is acknowledged, and the kill comes in the middle of deliveries: none may be lost.
 * - those accepted but not acknowledged when the kill comes in the middle of sending: of each life the log must hold the
 *   first so many without a gap; what is missing can only be the end, and is counted and printed.
 * With `datagram_commit: before-read` on a socket that something else holds the second kind does not exist: the log must
 * hold everything that was accepted, once.
 * What the log holds is delivered at the end by a witness: a daemon of another configuration, with one notifier that reads the
 * log from its beginning. Everything there must have been delivered or be dead, in order, under the one id that it has.
 *
 * What may be delivered twice? What was under way in the moment of the kill, and no more: to the webhook one of a mailbox, to
 * the log a batch. Within one life nothing of a mailbox is delivered after a later one.
 *
 * CRASH_SEED repeats the choices of a run, CRASH_KILLS sets how many daemons must die of SIGKILL.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type DeliveredInLife, expectLives, expectOrder, expectPrefixes, type Life } from './crash-account.ts';
import { audit, type CrashPlace, configureCopy, deadOf, freeze, makeCrashPlace, witness } from './crash-place.ts';
import type { Daemon, ExitReport } from './daemon.ts';
import { type FailingReceiver, startFailingReceiver } from './failing-receiver.ts';
import { type Key, type NumberedSender, numberedSender, numberOf } from './numbered-sender.ts';
import { clean } from './place.ts';
import { printTable } from './table.ts';

const kills = Number(process.env['CRASH_KILLS'] ?? (isLong ? 200 : 4));
/** Fewer where nobody asks for more: what differs from the other mode is only how datagrams are read. */
const killsStoredFirst = Number(process.env['CRASH_KILLS'] ?? (isLong ? 200 : 3));
const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 2 ** 31);
/** What the kernel keeps for one receiver, and what one reading and one commit may hold (`src/intake/datagram.ts`). */
const mostUnacknowledged = 11 + 2 * 1024;
/** What the log notifier is delivered at once. */
const logBatch = 512;
const isRefused = (key: Key): boolean => numberOf(key) % 61 === 0;

interface Run {
  readonly chance: Chance;
  readonly at: CrashPlace;
  readonly receiver: FailingReceiver;
  readonly sender: NumberedSender;
  readonly lives: Life[];
  /** The socket outlives the daemon. */
  readonly held: boolean;
  /** How many requests were found in the kernel's queue that were stored already. */
  readonly recognised: () => number;
  /** How much the log notifier had written at the end of each life. */
  readonly written: number[];
  /** How each daemon ended. */
  readonly ends: ExitReport[];
  readonly note: (line: string) => void;
}

async function makeRun(forgetful: boolean, storedFirst = false): Promise<Run> {
  const chance = chanceOf(seed);
  const receiver = await startFailingReceiver({ chance: chanceOf(seed + 1), forgetful, isRefused }, onTestFinished);
  const lines = storedFirst ? ['datagram_commit: before-read'] : [];
  const place = await makeCrashPlace({ url: receiver.url, held: storedFirst, lines }, onTestFinished);
  const daemons: Daemon[] = [];
  const at: CrashPlace = {
    ...place,
    async serve(options) {
      const daemon = await place.serve(options);
      daemons.push(daemon);
      return daemon;
    },
  };
  const journal: string[] = [];
  onTestFailed(() => {
    process.stdout.write(`CRASH_SEED=${seed} CRASH_KILLS=${kills}\n${journal.join('\n')}\n`);
  });
  const note = (line: string): void => {
    journal.push(`${new Date().toISOString()} ${line}`);
  };
  const sender = numberedSender(at.socket, chance);
  const recognised = (): number => daemons.reduce((sum, daemon) => sum + recognisedBy(daemon), 0);
  const begun = { lives: [{ acknowledged: 0 }], written: [], ends: [], held: storedFirst };
  return { chance, at, receiver, sender, recognised, ...begun, note };
}

/** Requests that a daemon before this one had stored and not taken out of the kernel's queue. */
function recognisedBy(daemon: Daemon): number {
  const said = daemon.output().matchAll(/"count":(\d+),"msg":"skipped requests that were already stored/g);
  return [...said].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function newLife({ at, lives, receiver, sender, written }: Run): Promise<void> {
  lives.push({ acknowledged: 0 });
  written.push((await at.journal()).length);
  await receiver.newLife();
  sender.newLife();
}

/** How many of its requests the daemon says it has, and with them all those before. */
const receivedBy = async (at: CrashPlace): Promise<number> => (await at.status()).get('journal')?.received ?? 0;

/** Sends at a modest rate while `during` runs. */
async function whileSending({ sender }: Run, during: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const sending = sender.keepSending(stop.signal);
  try {
    await during();
  } finally {
    stop.abort();
    await sending;
  }
}

const killedBySignal: ExitReport = { status: null, signal: 'SIGKILL' };

/** Answers how it ended, which is by the signal. */
async function kill(daemon: Daemon): Promise<ExitReport> {
  daemon.send('SIGKILL');
  const end = await daemon.ended;
  expect(end).toEqual(killedBySignal);
  return end;
}

/** Dies before or while its sockets open. */
async function dieStarting(run: Run): Promise<void> {
  await whileSending(run, async () => {
    const daemon = await run.at.serve({ unready: true });
    const afterMs = run.chance.below(900);
    // By time: it dies at any moment, whatever it is doing.
    await sleep(afterMs);
    run.ends.push(await kill(daemon));
    run.note(`killed ${afterMs} ms after its start, ${daemon.output().includes('"ready"') ? '' : 'not '}ready`);
  });
}

/** Dies while it is sent to; of what it says it has until then nothing may be missing. */
async function dieReceiving(run: Run, last: (daemon: Daemon) => Promise<ExitReport>): Promise<void> {
  const { at, chance, ends, held, lives, note, sender } = run;
  const daemon = await at.serve();
  const before = await receivedBy(at);
  await whileSending(run, async () => {
    const wanted = 1 + chance.below(120);
    const start = sender.accepted();
    let acknowledged = 0;
    await until('enough requests to be sent', async () => {
      acknowledged = (await receivedBy(at)) - before;
      return sender.accepted() - start >= wanted;
    });
    // In a socket that is held those of the life before may have waited: all of them must be there in the end.
    lives.splice(-1, 1, { acknowledged: held ? 0 : acknowledged });
    ends.push(await last(daemon));
    note(`killed while it was sent to, ${acknowledged} of ${sender.lives.at(-1)?.length} acknowledged`);
  });
}

/** Dies while it delivers what it has; everything is acknowledged. */
async function dieDelivering(run: Run): Promise<void> {
  const { at, chance, ends, held, lives, note, receiver, sender } = run;
  const daemon = await at.serve();
  const before = await receivedBy(at);
  const breaks = chance.oneIn(4);
  if (breaks) await at.breakJournal();
  const count = 40 + chance.below(120);
  await sender.send(count);
  await until('everything to be received', async () => {
    // What waited in a socket that is held comes before.
    return (await receivedBy(at)) === (held ? sender.accepted() : before + count);
  });
  lives.splice(-1, 1, { acknowledged: count });
  if (breaks) {
    const failed = daemon.line('the journal to fail', ({ notifier, reason }) => {
      return notifier === 'journal' && String(reason).includes('EISDIR');
    });
    await failed.finally(() => at.mendJournal());
  }
  const more = receiver.begun() + 1 + chance.below(count / 2);
  const waiting = (await at.status()).get('hook');
  if ((waiting?.waiting ?? 0) + (waiting?.deferred ?? 0) > count / 2) {
    await until('deliveries to begin', () => receiver.begun() >= more);
  }
  // By time: the same.
  await sleep(chance.below(20));
  ends.push(await kill(daemon));
  note(`killed during deliveries, after ${count} acknowledged`);
}

async function stopThenKill(chance: Chance, daemon: Daemon): Promise<ExitReport> {
  daemon.send('SIGTERM');
  // By time: it is killed at any moment of its end.
  await sleep(chance.below(60));
  daemon.send('SIGKILL');
  const end = await daemon.ended;
  // It may have stopped before.
  expect([killedBySignal, clean]).toContainEqual(end);
  return end;
}

/** Each way to die once, so that a short run has them all, and then whichever chance takes. */
const everyWay = ['receiving', 'delivering', 'starting', 'stopping'] as const;

async function live(run: Run): Promise<void> {
  const { chance, ends } = run;
  const way = everyWay[ends.length] ?? chance.of([...everyWay, 'receiving', 'delivering'] as const);
  if (way === 'starting') await dieStarting(run);
  else if (way === 'delivering') await dieDelivering(run);
  else if (way === 'stopping') await dieReceiving(run, (daemon) => stopThenKill(chance, daemon));
  else await dieReceiving(run, kill);
}

/** After the last life: all is delivered, the daemon ends, and its log is read. */
async function settle({ at, sender, written }: Run) {
  const daemon = await at.serve();
  await sender.send(100);
  await at.drained();
  expect(await daemon.stop()).toEqual(clean);
  const audited = await audit(at.configurationFile);
  const dead = await deadOf(at.configurationFile, 'hook');
  const journal = (await at.journal()).map((delivered, index): DeliveredInLife => {
    const life = written.findIndex((length) => index < length);
    return { ...delivered, life: life < 0 ? written.length : life };
  });
  return { audited, dead, journal, log: await witness(at.spool, onTestFinished) };
}

test.each([
  ['after-read', 'on a socket of its own'],
  ['before-read', 'on a socket that is held, with nothing lost'],
])('SIGKILL at any moment, %s %s: what was taken is delivered or dead, in order, under one id', async (mode) => {
  const storedFirst = mode === 'before-read';
  const wanted = storedFirst ? killsStoredFirst : kills;
  const run = await makeRun(true, storedFirst);
  const { ends, receiver, sender, lives, note } = run;
  const startedAt = performance.now();
  const killed = (): number => ends.filter(({ signal }) => signal === 'SIGKILL').length;
  // Some that were asked to stop have done so before they are killed: these do not count.
  for (let life = 0; killed() < wanted; life += 1) {
    note(`life ${life}`);
    await live(run);
    await newLife(run);
  }
  const { audited, dead, journal, log } = await settle(run);
  lives.splice(-1, 1, { acknowledged: 100 });

  const lost = expectPrefixes(sender.lives, lives, log);
  const accepted = sender.accepted();
  expectOrder(log, receiver.taken);
  expectOrder(log, journal);
  const repeats = { hook: expectLives(log, receiver.taken, 1), journal: expectLives(log, journal, logBatch) };
  printTable(`SIGKILL, ${mode}, seed ${seed}: ${Math.round((performance.now() - startedAt) / 1000)} s`, [
    [
      ...['lives', 'SIGKILL', 'accepted', 'refused', 'in the log', 'lost before commit', 'most at once', 'dead'],
      ...['hook twice', 'most at once', 'log twice', 'most at once', 'recognised'],
    ],
    [
      ...[ends.length, killed(), accepted, sender.refused.size, log.length, lost.all, lost.most, dead.length],
      ...[repeats.hook.afterKill, repeats.hook.mostAfterKill],
      ...[repeats.journal.afterKill, repeats.journal.mostAfterKill, run.recognised()],
    ],
  ]);
  process.stdout.write(`  the receiver: ${JSON.stringify(Object.fromEntries(receiver.counts()))}\n\n`);
  expect(lost.most).toBeLessThanOrEqual(mostUnacknowledged);
  expect(repeats.hook.withinLife).toBeLessThanOrEqual(receiver.counts().get('take and break off') ?? 0);
  expect(repeats.journal.withinLife).toBe(0);
  expect(killed()).toBeGreaterThanOrEqual(wanted);
  if (storedFirst) {
    expect([lost.all, sender.refused.size]).toEqual([0, 0]);
    expect(log.map(({ key }) => key)).toEqual(sender.lives.flat());
  }
  expect(new Set(dead.map(({ id }) => id))).toEqual(
    new Set(log.filter(({ key }) => isRefused(key)).map(({ id }) => id)),
  );
  const counts = { received: log.length, waiting: 0, deferred: 0, dropped: 0, difference: 0, faults: [] };
  expect(audited.get('journal')).toMatchObject({ ...counts, delivered: log.length, dead: 0 });
  expect(audited.get('hook')).toMatchObject({ ...counts, delivered: log.length - dead.length, dead: dead.length });
});

test('SIGTERM at any moment: nothing is lost, and nothing is delivered twice', async () => {
  const run = await makeRun(false);
  const { at, chance, receiver, sender } = run;
  const stops = isLong ? 8 : 2;
  for (let stop = 0; stop < stops; stop += 1) {
    const daemon = await at.serve();
    await whileSending(run, async () => {
      const enough = sender.accepted() + 1 + chance.below(150);
      await until('enough requests to be sent', () => sender.accepted() >= enough);
      expect(await daemon.stop()).toEqual(clean);
    });
    run.note(`stopped after ${sender.lives.at(-1)?.length} requests`);
    await newLife(run);
  }
  const { audited, dead, journal, log } = await settle(run);
  printTable(`SIGTERM, seed ${seed}`, [
    ['stops', 'accepted', 'refused', 'in the log', 'dead', 'hook twice', 'log twice'],
    [
      ...[stops, sender.accepted(), sender.refused.size, log.length, dead.length],
      ...[receiver.taken.length - log.length, journal.length - log.length],
    ],
  ]);
  expect(log.map(({ key }) => key)).toEqual(sender.lives.flat());
  for (const delivered of [receiver.taken, journal]) {
    expectOrder(log, delivered);
    expect(expectLives(log, delivered, 1)).toEqual({ withinLife: 0, afterKill: 0, mostAfterKill: 0 });
  }
  expect({ hook: receiver.taken.length, journal: journal.length }).toEqual({ hook: log.length, journal: log.length });
  expect(audited.get('hook')).toMatchObject({ received: log.length, difference: 0, faults: [] });
});

test('the power goes: a copy of the spool of any moment opens, adds up, and has all that was acknowledged', async () => {
  const run = await makeRun(true);
  const { at, chance, receiver, sender } = run;
  const copies: { readonly directory: string; readonly acknowledged: number }[] = [];
  const daemon = await at.serve();
  await whileSending(run, async () => {
    for (let copy = 0; copy < (isLong ? 12 : 3); copy += 1) {
      const more = receiver.begun() + 1 + chance.below(60);
      await until('more to be delivered', () => receiver.begun() >= more);
      const acknowledged = await receivedBy(at);
      // By time: a copy of any moment.
      await sleep(chance.below(30));
      await freeze(daemon);
      const directory = join(at.directory, `copy-${copy}`);
      await cp(at.spool, directory, { recursive: true });
      daemon.send('SIGCONT');
      copies.push({ directory, acknowledged });
      run.note(`copy ${copy}: ${acknowledged} acknowledged`);
    }
  });
  await daemon.stop();
  const { log } = await settle(run);
  expect(log.map(({ key }) => key)).toEqual(sender.lives.flat());
  for (const { directory, acknowledged } of copies) {
    const audited = await audit(await configureCopy(directory, onTestFinished));
    const received = audited.get('journal')?.received ?? 0;
    expect(received).toBeGreaterThanOrEqual(acknowledged);
    for (const name of ['hook', 'journal']) {
      expect(audited.get(name)).toMatchObject({ received, difference: 0, faults: [] });
    }
    // The copy is the log as it was then, and it goes on from there.
    expect(await witness(directory, onTestFinished)).toEqual(log.slice(0, received));
  }
});
