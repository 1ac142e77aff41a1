/** Method exec in stream mode on real programs: what they are given, what their answers mean, and how they end. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { exec } from '../../../src/notifier/exec.ts';
import type { Delivery, Notification, Notifier, Outcome } from '../../../src/notifier/notifier.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { factsOf } from '../../support/facts.ts';
import { until } from '../../support/until.ts';
import { attemptWithin, openMethod, testServices } from '../open-method.ts';
import { eventNotification, hostileNotifications, requestNotification } from '../samples.ts';
import { makeStreamPeer, type StreamPeer } from './stream-peer.ts';

const never = new AbortController().signal;
const undo: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

interface Opened {
  readonly notifier: Notifier;
  readonly peer: StreamPeer;
  readonly logged: readonly Record<string, unknown>[];
}

async function open(
  code?: string,
  options: Readonly<Record<string, string>> = {},
  attemptTimeoutMs = 60_000,
): Promise<Opened> {
  const peer = makeStreamPeer(code);
  undo.push(peer.remove);
  const services = testServices({ attemptTimeoutMs });
  const notifier = await openMethod(exec, { program: peer.program, mode: 'stream', ...options }, services);
  undo.push(() => notifier.close());
  return { notifier, peer, logged: services.logged };
}

function delivery(notification: Notification, lane = notification.id): Delivery {
  return { notification, attempt: 1, lane };
}
const events = (...ids: readonly string[]): readonly Delivery[] => ids.map((id) => delivery(eventNotification(id)));
const statuses = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(({ status }) => status);
const reasonOf = (outcome: Outcome | undefined): string => (outcome && 'reason' in outcome ? outcome.reason : '');
const range = (count: number, prefix: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** Whether a process runs; one that waits to be reaped does not. */
function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** A peer that answers each line with what `answer`, an expression over `given`, says. */
const answering = (answer: string): string => `
createInterface({ input: process.stdin }).on('line', (line) => {
  const given = JSON.parse(line);
  take(given);
  const answer = ${answer};
  if (answer !== undefined) say(answer + '\\n');
});
`;

notifierContract('exec in stream mode', async () => {
  const peer = makeStreamPeer();
  return {
    notifier: await openMethod(exec, { program: peer.program, mode: 'stream' }),
    received: peer.ids,
    breakPeer: () => peer.order('retry'),
    hangPeer: () => peer.order('hang'),
    dispose: async () => peer.remove(),
  };
});

describe('what the program is given', () => {
  it('is one line for each, whatever is in it, and one process takes them all', async () => {
    const { notifier, peer } = await open(`
      createInterface({ input: process.stdin }).on('line', (line) => { appendFileSync(dir + '/lines', line + '\\n'); say('OK\\n'); });`);
    const notifications = [
      eventNotification('01-a', { user: 'jane' }),
      requestNotification('01-b'),
      ...hostileNotifications(),
    ];
    for (let at = 0; at < notifications.length; at += notifier.maxBatch) {
      const outcomes = await notifier.notify(
        notifications.slice(at, at + notifier.maxBatch).map((one) => delivery(one)),
        never,
      );
      expect(new Set(statuses(outcomes))).toEqual(new Set(['delivered']));
    }
    const lines = peer
      .read('lines')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(notifications.length);
    expect(peer.pids()).toHaveLength(1);
    const [event, request] = lines;
    expect(Object.keys(event)).toEqual(['id', 'attempt', 'receivedAt', 'class', 'event', 'user', 'mailbox', 'payload']);
    expect(event).toMatchObject({ id: '01-a', attempt: 1, class: 'EVENT', event: 'MessageNew', user: 'jane' });
    expect(event.receivedAt).toBe('2026-11-21T06:28:56.018Z');
    expect(request).toMatchObject({ id: '01-b', class: 'MAIL', payload: { message: notifications[1]?.message } });
  });

  it('says that a message is not UTF-8', async () => {
    const { notifier, peer } = await open(`
      createInterface({ input: process.stdin }).on('line', (line) => { appendFileSync(dir + '/lines', line); say('OK\\n'); });`);
    await notifier.notify(
      [delivery(requestNotification('01-c', { message: 'Gr\u00fc\u00dfe', messageCharset: 'latin1' }))],
      never,
    );
    expect(JSON.parse(peer.read('lines'))).toMatchObject({
      charset: 'latin1',
      payload: { message: 'Gr\u00fc\u00dfe' },
    });
  });

  it('has no more than the window without an answer, and of a lane one', async () => {
    const { notifier, peer } = await open(
      `let open = 0, most = 0;
      createInterface({ input: process.stdin }).on('line', () => {
        open += 1; most = Math.max(most, open);
        appendFileSync(dir + '/most', most + '\\n');
        // By time: the program takes a while.
        setTimeout(() => { open -= 1; say('OK\\n'); }, 5);
      });`,
      { window: '5' },
    );
    const calls = [events(...range(5, 'a')), events(...range(5, 'b'))];
    const given = await Promise.all(calls.map((call) => notifier.notify(call, never)));
    expect(new Set(given.flatMap(statuses))).toEqual(new Set(['delivered']));
    expect(peer.read('most').trim().split('\n').at(-1)).toBe('5');
    const ofOneLane = range(5, 'c').map((id) => delivery(eventNotification(id), 'c'));
    const before = peer.read('most').length;
    await notifier.notify(ofOneLane, never);
    expect(peer.read('most').slice(before)).toBe('5\n'.repeat(5));
  });
});

describe('what the answers mean', () => {
  it.each([
    ['OK', 'delivered', ''],
    ['OK queued as 4711', 'delivered', ''],
    ['RETRY', 'retry', 'RETRY'],
    ['RETRY the disk is full', 'retry', 'RETRY: the disk is full'],
    ['REJECT  no such user\\u001b[2J', 'rejected', 'REJECT: no such user\\u{1b}[2J'],
    [`REJECT ${'x'.repeat(3000)}`, 'rejected', `REJECT: ${'x'.repeat(499)}…`],
  ])('%s', async (answer, status, end) => {
    const { notifier, peer } = await open(answering(`'${answer}'`));
    const [outcome] = await notifier.notify(events('02-a'), never);
    expect(outcome?.status).toBe(status);
    const [path] = peer.program.split(' ');
    if (end !== '') expect(reasonOf(outcome)).toMatch(new RegExp(`^${path} .*`));
    expect(reasonOf(outcome).endsWith(end)).toBe(true);
    if (answer.startsWith('OK q')) expect(outcome).toMatchObject({ detail: 'queued as 4711' });
  });

  it('of a lane nothing is sent after what is tried again, and everything after what is rejected', async () => {
    const { notifier, peer } = await open(answering(`given.user + ' because'`));
    const lane = (id: string, user: string): Delivery => delivery(eventNotification(id, { user }), 'lane');
    const outcomes = await notifier.notify(
      [lane('a', 'OK'), lane('b', 'REJECT'), lane('c', 'RETRY'), lane('d', 'OK')],
      never,
    );
    expect(statuses(outcomes)).toEqual(['delivered', 'rejected', 'retry', 'retry']);
    expect(peer.ids()).toEqual(['a', 'b', 'c']);
  });

  describe('as for omprog', () => {
    it('begins with OK, takes other texts as errors, and dots as signs of life', async () => {
      const { notifier, peer } = await open(`say('OK\\n');${answering(`given.user`)}`, { answers: 'omprog' });
      const users = ['OK', '...OK', 'Error: no connection', 'DEFER_COMMIT', 'RETRY later', 'REJECT it', 'OK'];
      const given = await notifier.notify(
        users.map((user, index) => delivery(eventNotification(`03-${index}`, { user }))),
        never,
      );
      expect(statuses(given)).toEqual(['delivered', 'delivered', 'retry', 'retry', 'retry', 'rejected', 'delivered']);
      expect(reasonOf(given[2])).toMatch(/Error: no connection$/);
      expect(peer.pids()).toHaveLength(1);
    });

    it('is not given anything before it is ready', async () => {
      const { notifier, peer } = await open(`say('cannot connect\\n');${answering(`'OK'`)}`, { answers: 'omprog' });
      const [outcome] = await notifier.notify(events('04-a'), never);
      expect(outcome).toMatchObject({ status: 'retry', afterMs: expect.any(Number) });
      expect(factsOf(reasonOf(outcome))).toContain('"cannot connect"');
      expect(peer.ids()).toEqual([]);
    });

    it('may take longer than the time limit while it writes dots', async () => {
      // By time: it is the limit that is tried.
      const code = `say('OK\\n'); createInterface({ input: process.stdin }).on('line', (line) => {
        let dots = 0;
        const timer = setInterval(() => { say('.'); if (++dots === 12) { clearInterval(timer); say('OK\\n'); } }, 200); });`;
      const { notifier } = await open(code, { answers: 'omprog' }, 1500);
      // So that the start is not within the limit.
      expect(statuses(await notifier.notify(events('05-a'), never))).toEqual(['delivered']);
      expect(await attemptWithin(1500, notifier, eventNotification('05-b'))).toMatchObject({ status: 'delivered' });
    });
  });
});

describe('a program that does not keep to it is started anew', () => {
  it.each([
    ['an answer that is none', answering(`given.user`)],
    ['a line without end', `${answering(`(say('y'.repeat(9000)), undefined)`)}`],
    ['a line that is too long', `${answering(`'OK ' + 'y'.repeat(9000)`)}`],
  ])('%s', async (_, code) => {
    const { notifier, peer, logged } = await open(code);
    const [outcome] = await notifier.notify(events('06-a'), never);
    expect(outcome).toMatchObject({ status: 'retry', afterMs: expect.any(Number) });
    expect(logged.filter(({ level }) => level === 40)).toMatchObject([{ unconfirmed: 1 }]);
    await expect.poll(() => peer.pids().filter(runs)).toEqual([]);
    // Within the pause it is not started.
    const [again] = await notifier.notify(events('06-b'), never);
    expect(again).toMatchObject({ status: 'retry', afterMs: expect.any(Number) });
    expect(peer.pids()).toHaveLength(1);
  });

  it('answers twice, or before it was asked', async () => {
    const { notifier, peer, logged } = await open(answering(`'OK\\nOK'`));
    expect(statuses(await notifier.notify(events('07-a'), never))).toEqual(['delivered']);
    const warnings = (): readonly unknown[] => logged.filter(({ level }) => level === 40);
    await until('it is ended', () => warnings().length > 0);
    expect(warnings()).toMatchObject([{ unconfirmed: 0, afterMs: 0 }]);
    expect(peer.pids().filter(runs)).toEqual([]);
    // It had confirmed something: the next one is started without a pause.
    expect(statuses(await notifier.notify(events('07-b'), never))).toEqual(['delivered']);
    expect(peer.pids()).toHaveLength(2);
  });

  it('floods its output and its standard error, which is logged within limits', async () => {
    const flood = `setInterval(() => { process.stderr.write('noise\\u001b '.repeat(500) + '\\n'); }, 0);
      for (let i = 0; i < 1000; i += 1) process.stderr.write('line ' + i + '\\n');`;
    const { notifier, logged } = await open(`${flood}${answering(`'OK'`)}`);
    expect(statuses(await notifier.notify(events(...range(50, '08-')), never))).toEqual(
      range(50, '').map(() => 'delivered'),
    );
    await notifier.close();
    const lines = logged.filter((line) => 'stderr' in line);
    expect(lines.length).toBe(20);
    for (const { stderr } of lines) expect(String(stderr).length).toBeLessThanOrEqual(1000);
  });
});

describe('the end of the program', () => {
  it('says how it ended, with the last lines of standard error', async () => {
    const { notifier, peer } = await open(answering(`(process.stderr.write('no database\\n'), process.exit(3))`));
    const [outcome] = await notifier.notify(events('09-a'), never);
    const [path = ''] = peer.program.split(' ');
    expect(factsOf(reasonOf(outcome))).toBe(`${path} 3`);
    expect(reasonOf(outcome)).toMatch(/: no database, /);
  });

  it('is tried again when it is missing', async () => {
    const notifier = await openMethod(exec, { program: '/nonexistent/program', mode: 'stream' });
    const [outcome] = await notifier.notify(events('10-a'), never);
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringContaining('ENOENT') });
    await notifier.close();
  });

  it('is ended with its children, when its time is over, though it does not obey', async () => {
    const { notifier, peer } = await open(`
      import { spawn } from 'node:child_process';
      process.on('SIGTERM', () => {});
      const child = spawn('/bin/sh', ['-c', 'trap "" TERM; echo $$ > ' + dir + '/child; sleep 1000 & wait; wait'], { stdio: 'ignore' });
      ${answering('undefined')}`);
    const abort = new AbortController();
    const call = notifier.notify(events('11-a', '11-b'), abort.signal);
    await until('both are running', () => peer.ids().length === 2 && peer.read('child') !== '');
    abort.abort('timeout');
    expect(statuses(await call)).toEqual(['retry', 'retry']);
    const [pid = 0] = peer.pids();
    await until('they are ended', () => !runs(pid) && !runs(Number(peer.read('child'))));
  });

  it('of one that hangs everything that it had is tried again, one at a time, by a new one', async () => {
    const { notifier, peer } = await open(`
      const open = [];
      createInterface({ input: process.stdin }).on('line', (line) => {
        const given = JSON.parse(line);
        open.push(given.id);
        appendFileSync(dir + '/open', process.pid + ' ' + open.join() + '\\n');
        if (order() !== '') return;
        // By time: the program takes a while.
        setTimeout(() => { open.shift(); take(given); say('OK\\n'); }, 5);
      });`);
    peer.order('hang');
    const abort = new AbortController();
    const hanging = notifier.notify(events('a', 'b'), abort.signal);
    const other = notifier.notify(events('c'), never);
    await until('all are there', () => peer.read('open').split('\n').length === 4);
    abort.abort('timeout');
    for (const outcome of await hanging) expect(outcome.status).toBe('retry');
    for (const outcome of await other) expect(outcome.status).toBe('retry');
    writeFileSync(`${peer.directory}/do`, '');
    expect(new Set(statuses(await retried(notifier, ['a', 'b', 'c'])))).toEqual(new Set(['delivered']));
    const second = peer
      .read('open')
      .split('\n')
      .filter((line) => line.startsWith(`${peer.pids()[1]} `));
    expect(second.map((line) => line.split(' ')[1])).toEqual(['a', 'b', 'c']);
  });

  it('closes standard input, waits for the end, and then uses force', async () => {
    const { notifier, peer } = await open(`
      process.on('SIGTERM', () => { appendFileSync(dir + '/signals', 'TERM'); });
      ${answering(`'OK'`)}
      process.stdin.on('end', () => { appendFileSync(dir + '/signals', 'EOF '); setInterval(() => {}, 1000); });`);
    await notifier.notify(events('12-a'), never);
    const closedAt = performance.now();
    await notifier.close();
    // Less than what the daemon waits for a notifier.
    expect(performance.now() - closedAt).toBeLessThan(2900);
    expect(peer.read('signals')).toBe('EOF TERM');
    expect(peer.pids().filter(runs)).toEqual([]);
  });

  it('leaves it the time to end by itself', async () => {
    const { notifier, peer } = await open(
      // By time: the program takes a while.
      `${answering(`'OK'`)} process.stdin.on('end', () => setTimeout(() => appendFileSync(dir + '/end', 'done'), 200));`,
    );
    await notifier.notify(events('13-a'), never);
    await notifier.close();
    expect(peer.read('end')).toBe('done');
  });
});

/** Until all are delivered: within the pause after a failed start they are not. */
async function retried(notifier: Notifier, ids: readonly string[]): Promise<readonly Outcome[]> {
  let outcomes: readonly Outcome[] = [];
  await until('delivered', async () => {
    outcomes = await notifier.notify(events(...ids), never);
    return statuses(outcomes).every((status) => status === 'delivered');
  });
  return outcomes;
}

it('loses nothing and keeps the order of each lane when the program is killed again and again', async () => {
  const { notifier, peer } = await open();
  const lanes = range(8, 'lane');
  const left = new Map(lanes.map((lane) => [lane, range(250, `${lane}-`).slice()]));
  let kills = 0;
  async function work(lane: string): Promise<void> {
    const queue = [...(left.get(lane) ?? [])];
    while (queue.length > 0) {
      const batch = queue.slice(0, 7).map((id) => delivery(eventNotification(id), lane));
      const outcomes = await notifier.notify(batch, never);
      // As dispatch does: what is not delivered stays at the beginning of its lane.
      const done = outcomes.findIndex(({ status }) => status !== 'delivered');
      queue.splice(0, done < 0 ? batch.length : done);
      if (done >= 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const working = Promise.all(lanes.map(work));
  let over = false;
  void working.then(() => {
    over = true;
  });
  // On a loaded machine each start takes long, and so would hundreds of them.
  while (!over && kills < 12) {
    const before = peer.ids().length;
    await until('more is taken', () => over || peer.ids().length > before + 20);
    const pid = peer.pids().at(-1) ?? 0;
    if (over || !runs(pid)) continue;
    process.kill(pid, 'SIGKILL');
    kills += 1;
  }
  await working;
  expect(kills).toBeGreaterThan(5);
  // What was taken and not confirmed comes twice: the first time of each counts.
  const firsts = [...new Set(peer.ids())];
  for (const lane of lanes) expect(firsts.filter((id) => id.startsWith(`${lane}-`))).toEqual(left.get(lane));
});
