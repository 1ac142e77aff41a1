import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { Position } from '../../src/base/request.ts';
import { type Dispatch, startDispatch } from '../../src/dispatch/dispatch.ts';
import type { Recipient } from '../../src/dispatch/recipient.ts';
import { judge } from '../../src/dispatch/suspicion.ts';
import type { Outcome } from '../../src/notifier/notifier.ts';
import type { Spool } from '../../src/spool/spool.ts';
import type { AtWork, WorkNotes } from '../../src/spool/work-notes.ts';
import { type Answer, recipientOf } from '../admin/work.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { changedSpool } from '../support/changed-spool.ts';
import { quietObserver } from '../support/quiet-observer.ts';
import { until } from '../support/until.ts';

const idle: AtWork = { underWay: [], entries: 0, suspects: [], careful: false };
const call = (first: Position, last = first) => ({ first, last });
const verdict = (name: string, left: Readonly<Record<string, AtWork>>) =>
  judge(['a', 'b'], new Map(Object.entries(left))).get(name);

describe('what a process has left', () => {
  it('is nothing after it was idle, or had ended cleanly', () => {
    expect(verdict('a', { a: idle })?.suspects).toEqual([]);
    expect(verdict('a', {})?.suspects).toEqual([]);
  });

  it('blames one entry that was being begun alone, and then it alone', () => {
    const running = { ...call(7), kind: 'attempting' } as const;
    const found = verdict('a', { a: { ...idle, running, underWay: [call(3), call(7)], entries: 2 } });
    expect(found).toEqual({ suspects: [{ ...running }], blamed: { kind: 'attempting', position: 7, times: 1 } });
    const again = verdict('a', { a: { ...idle, running, blamed: found?.blamed } as AtWork });
    expect(again?.blamed?.times).toBe(2);
    expect(
      verdict('b', { a: { ...idle, running }, b: { ...idle, underWay: [call(9)], entries: 1 } })?.suspects,
    ).toEqual([]);
  });

  it('suspects a range that was being examined, for every consumer, and blames none of it', () => {
    const running = { ...call(1, 128), kind: 'examining' } as const;
    const left = { a: { ...idle, running } };
    expect(verdict('a', left)).toMatchObject({ suspects: [call(1, 128)] });
    expect(verdict('b', left)).toMatchObject({ suspects: [call(1, 128)] });
    expect(verdict('a', left)?.blamed).toBeUndefined();
  });

  it('only suspects what was under way when somebody killed it, alone or not', () => {
    const left = { a: { ...idle, underWay: [call(5)], entries: 1 } };
    expect(verdict('a', left)).toMatchObject({ suspects: [call(5)] });
    expect(verdict('a', left)?.blamed).toBeUndefined();
  });

  it('blames what was suspect and then the only one under way in the whole process', () => {
    const careful = { ...idle, careful: true, underWay: [call(5)], entries: 1, suspects: [call(5), call(6)] };
    expect(verdict('a', { a: careful })?.blamed).toEqual({ kind: 'attempting', position: 5, times: 1 });
    const other = { ...idle, underWay: [call(9)], entries: 1 };
    expect(verdict('a', { a: careful, b: other })?.blamed).toBeUndefined();
  });
});

describe('an entry that ends the process', () => {
  const running: Dispatch[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
  });
  const delivered: Outcome = { status: 'delivered' };

  /** Notes as they would be found by the next process; `die` freezes them, as SIGKILL does. */
  function notesOf() {
    const found = new Map<string, AtWork>();
    const condemned = new Set<Position>();
    const life = (): { readonly notes: WorkNotes; die(): void } => {
      let alive = true;
      const notes: WorkNotes = {
        read: (name) => found.get(name),
        write(name, atWork) {
          if (alive)
            found.set(
              name,
              structuredClone({ ...atWork, underWay: atWork.underWay.map(({ first, last }) => ({ first, last })) }),
            );
        },
        condemned,
        condemn: (position) => condemned.add(position),
      };
      return {
        notes,
        die() {
          alive = false;
        },
      };
    };
    return { life, condemned, found };
  }

  async function spoolFor(count: number): Promise<Spool> {
    const spool = openMemorySpool({ maxBytes: 64_000_000, now: Date.now, random: Math.random });
    await spool.consumer('n', 0);
    await spool.append(Array.from({ length: count }, (_, i) => rawRequest(`m${i}:${i + 1}`)));
    return spool;
  }

  /** Lives until `die` is called by what it does; whether it has died. */
  async function live(
    spool: Spool,
    notes: WorkNotes,
    recipient: Recipient,
    isOver: () => boolean | Promise<boolean>,
  ): Promise<void> {
    let dead = false;
    // A process that is killed records nothing more.
    const commit: Spool['commit'] = async (...step) => {
      if (dead) throw new Error('killed');
      return spool.commit(...step);
    };
    const mortal = changedSpool(spool, { commit, notes });
    const dispatch = startDispatch([recipient], {
      ...{ spool: mortal, log: pino({ level: 'silent' }), observer: quietObserver, now: Date.now, random: Math.random },
    });
    running.push(dispatch);
    await until(isOver);
    dead = true;
  }

  const isFinished = async (spool: Spool, count: number): Promise<boolean> =>
    (await spool.consumer('n')).cursor === count && (await spool.consumer('n')).deferred === 0;

  it('while it is under way becomes a dead letter, and the others are delivered', async () => {
    const spool = await spoolFor(20);
    const { life } = notesOf();
    const deaths: number[] = [];
    const seen = new Set<string>();
    for (let lives = 0; lives < 6 && !(await isFinished(spool, 20)); lives++) {
      const { notes, die } = life();
      let dead = false;
      let busy = 0;
      const answer: Answer = async (message) => {
        busy++;
        await new Promise(setImmediate);
        if (message === 'm5:6' && !dead) {
          deaths.push(busy);
          die();
          dead = true;
        }
        if (dead) return new Promise(() => {});
        busy--;
        seen.add(message);
        return delivered;
      };
      await live(spool, notes, recipientOf('n', answer), async () => dead || (await isFinished(spool, 20)));
    }
    // Among others, then alone twice.
    expect(deaths).toEqual([expect.any(Number), 1, 1]);
    expect(seen.size).toBe(19);
    const [letter] = await spool.dead('n', 0, 9);
    expect(letter).toMatchObject({ entry: { position: 6 }, reason: expect.stringMatching('belfry 2 times') });
  });

  it('while it is examined is condemned after the second time that it was alone', async () => {
    const spool = await spoolFor(20);
    const { life, condemned } = notesOf();
    let deaths = 0;
    for (let lives = 0; lives < 6 && !(await isFinished(spool, 20)); lives++) {
      const { notes, die } = life();
      let dead = false;
      const sound = recipientOf('n', () => delivered);
      const route: Recipient['route'] = (entry) => {
        if (dead) return { kind: 'filtered', reason: { option: '', detail: '' } };
        if (entry.position !== 9) return sound.route(entry);
        if (condemned.has(9)) return { kind: 'unusable', reason: 'condemned' };
        deaths++;
        die();
        dead = true;
        return { kind: 'filtered', reason: { option: '', detail: '' } };
      };
      let killed = false;
      const read: Spool['read'] = async (...what) => {
        if (dead) killed = true;
        return killed ? new Promise(() => {}) : spool.read(...what);
      };
      await live(
        changedSpool(spool, {
          read,
          commit: async (...step) => (dead ? new Promise(() => {}) : spool.commit(...step)),
        }),
        notes,
        { ...sound, route },
        async () => dead || (await isFinished(spool, 20)),
      );
    }
    expect(deaths).toBe(3);
    expect((await spool.consumer('n')).tally.delivered).toBe(19);
  });

  it('was deferred: then it and all others of its kind are attempted, one at a time, and what comes after them', async () => {
    for (const asReceived of [false, true]) {
      const spool = await spoolFor(20);
      const defer = [3, 7, 8, 9].map((position) => ({ position, lane: `l${position}`, dueAt: 0, attempts: [] }));
      await spool.commit('n', { cursor: 10, defer, tally: { delivered: 6 } });
      const { life, found } = notesOf();
      found.set('n', { ...idle, underWay: [call(7)], entries: 1 });
      const { notes } = life();
      const recipient = { ...recipientOf('n', () => delivered), asReceived };
      await live(spool, notes, recipient, () => isFinished(spool, 20));
      expect((await spool.consumer('n')).tally.delivered).toBe(20);
      await until(() => found.get('n')?.suspects.length === 0);
    }
  });

  it('is not found in one that an administrator has killed several times, nor in one that was stopped', async () => {
    const spool = await spoolFor(8);
    const { life, found } = notesOf();
    for (let lives = 0; lives < 4; lives++) {
      const { notes, die } = life();
      let begun = 0;
      const answer: Answer = (_, signal) => {
        begun++;
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve({ status: 'retry', reason: '' })),
        );
      };
      // Four at a time the first time, and one that hangs after that: killed while it is idle elsewhere, or stopped.
      await live(spool, notes, recipientOf('n', answer), () => begun > 0);
      if (lives % 2 === 0) die();
      await running.at(-1)?.stop(0);
    }
    expect(found.get('n')?.blamed?.times ?? 0).toBeLessThan(2);
    const { notes } = life();
    await live(
      spool,
      notes,
      recipientOf('n', () => delivered),
      () => isFinished(spool, 8),
    );
    expect(await spool.consumer('n')).toMatchObject({ dead: 0, tally: { delivered: 8 } });
  });
});
