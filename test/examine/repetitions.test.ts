/** What only repeats another report, what has happened again, and that nothing is lost by it, whoever reads where. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Announcement, Entry } from '../../src/base/request.ts';
import { type RepetitionLimits, Repetitions } from '../../src/examine/repetitions.ts';
import { tries } from '../support/long.ts';

interface Report {
  readonly source: number;
  readonly announcement: Announcement;
}

const [ox, lua] = [1, 2];
const report = (source: number, what: string, rest: Partial<Announcement> = {}): Report => ({
  source,
  announcement: { what, once: false, ...rest },
});
const read = (source: number): Report => report(source, 'read 1');
const arrival = (source: number): Report => report(source, 'new 1', { once: true });
const created = (source: number): Report => report(source, 'create A', { state: ['A'] });
const deleted = (source: number): Report => report(source, 'delete A', { state: ['A'] });
const renamed = (from: string, to: string): Report => report(lua, `rename ${from} ${to}`, { state: [from, to] });

const entryOf = (position: number, receivedAt: number, source?: number): Entry => ({
  position,
  id: `ID${position}`,
  receivedAt,
  request: { format: 'dovecot', bytes: Buffer.alloc(0), ...(source === undefined ? {} : { source }) },
});

/** Reads reports from the beginning of a spool, `ms` apart; answers which are delivered. */
function delivered(reports: readonly Report[], ms = 1, limits?: Partial<RepetitionLimits>): readonly boolean[] {
  const repetitions = new Repetitions(limits);
  return reports.map(({ source, announcement }, i) => {
    repetitions.read(entryOf(i + 1, 1000 + i * ms, source), () => announcement);
    return repetitions.reasonAt(i + 1) === undefined;
  });
}

describe('what can happen only once', () => {
  it('is delivered once, whoever reports it', () => {
    expect(delivered([arrival(ox), arrival(lua), arrival(ox), arrival(lua)])).toEqual([true, false, false, false]);
    expect(delivered([arrival(ox), arrival(ox)], 4000)).toEqual([true, false]);
  });

  it('is forgotten in the end', () => {
    expect(delivered([arrival(ox), arrival(ox)], 10 * 60_000)).toEqual([true, true]);
    const others = [2, 3].map((n) => report(ox, `new ${n}`, { once: true }));
    const remembered = { entries: 2, bytes: 1024 * 1024 };
    expect(delivered([arrival(ox), ...others, arrival(ox)], 1, { remembered })).toEqual([true, true, true, true]);
  });

  it('is recognised whatever the length of its names', () => {
    const long = (source: number): Report => report(source, 'x'.repeat(10_000), { once: true });
    expect(delivered([long(ox), long(lua)])).toEqual([true, false]);
  });
});

describe('a change that can happen again', () => {
  it('is delivered once for two senders', () => {
    expect(delivered([read(ox), read(lua)])).toEqual([true, false]);
  });

  it('has happened again when the same sender reports it again', () => {
    expect(delivered([read(ox), read(ox), read(ox)])).toEqual([true, true, true]);
    expect(delivered([read(ox), read(lua), read(ox), read(lua)])).toEqual([true, false, true, false]);
  });

  it('has happened again when another sender reports it after a while', () => {
    expect(delivered([read(ox), read(lua)], 10_000)).toEqual([true, true]);
  });
});

describe('a mailbox event', () => {
  it('is delivered once, also when the same sender reports it twice on end', () => {
    expect(delivered([created(lua), created(lua)])).toEqual([true, false]);
  });

  it('is delivered each time when something else of the mailbox was reported between', () => {
    expect(delivered([created(lua), deleted(lua), created(lua), deleted(lua)])).toEqual([true, true, true, true]);
    expect(delivered([renamed('A', 'B'), renamed('B', 'A'), renamed('A', 'B')])).toEqual([true, true, true]);
  });

  it('is delivered again a second later', () => {
    expect(delivered([created(lua), created(lua)], 1000)).toEqual([true, true]);
  });
});

describe('what happens on another server', () => {
  const on = ({ source, announcement }: Report, server: string): Report => ({
    source,
    announcement: { ...announcement, server },
  });

  it('is never a repetition', () => {
    expect(delivered([on(arrival(lua), 'a'), on(arrival(lua), 'b')])).toEqual([true, true]);
    expect(delivered([on(read(ox), 'a'), on(read(lua), 'b')])).toEqual([true, true]);
    expect(delivered([on(created(lua), 'a'), on(created(lua), 'b')])).toEqual([true, true]);
  });

  it('may be any for a sender that does not say', () => {
    expect(delivered([on(arrival(lua), 'a'), arrival(ox), on(arrival(lua), 'a')])).toEqual([true, false, false]);
  });
});

describe('an entry', () => {
  it('has the same answer for everybody who reads it, in whatever order, and names the one that it repeats', () => {
    const repetitions = new Repetitions();
    const all = [arrival(ox), arrival(lua), read(ox)];
    const readAll = (): void => {
      for (const [i, { source, announcement }] of all.entries()) {
        repetitions.read(entryOf(i + 1, 1000, source), () => announcement);
      }
    };
    for (let reader = 0; reader < 3; reader++) {
      readAll();
      expect([3, 1, 2].map((position) => repetitions.reasonAt(position))).toEqual([
        undefined,
        undefined,
        { option: 'repeated', detail: 'reported by another driver already: ID1' },
      ]);
    }
  });

  it('is decoded for this once, and only when it says which sender it is from', () => {
    const repetitions = new Repetitions();
    let calls = 0;
    const announced = (): Announcement => {
      calls += 1;
      return arrival(ox).announcement;
    };
    for (const entry of [entryOf(1, 0), entryOf(2, 0, ox), entryOf(2, 0, ox), entryOf(1, 0)]) {
      repetitions.read(entry, announced);
    }
    expect(calls).toBe(1);
  });
});

describe('after a start in the middle of a spool', () => {
  /** The second of two drivers reports what was delivered before the start; then it happens again, and only one reports it. */
  function deliveredFrom(first: number, times: readonly number[], reports: readonly Report[]): readonly boolean[] {
    const repetitions = new Repetitions();
    return reports.map(({ source, announcement }, i) => {
      repetitions.read(entryOf(first + i, times[i] ?? 0, source), () => announcement);
      return repetitions.reasonAt(first + i) === undefined;
    });
  }

  it('nothing that can happen again is compared with the reports of the first ten seconds', () => {
    expect(deliveredFrom(501, [0, 5000], [read(ox), read(lua)])).toEqual([true, true]);
    expect(deliveredFrom(501, [0, 10_000, 10_001], [arrival(ox), read(ox), read(lua)])).toEqual([true, true, false]);
    expect(deliveredFrom(1, [0, 5000], [read(ox), read(lua)])).toEqual([true, false]);
  });

  it('what can happen only once is', () => {
    expect(deliveredFrom(501, [0, 5000], [arrival(ox), arrival(lua)])).toEqual([true, false]);
  });

  it('what comes after entries that nobody has read is not compared with what came before them', () => {
    const repetitions = new Repetitions();
    repetitions.read(entryOf(1, 0, ox), () => arrival(ox).announcement);
    repetitions.read(entryOf(5, 0, lua), () => arrival(lua).announcement);
    expect(repetitions.reasonAt(5)).toBeUndefined();
    repetitions.read(entryOf(3, 0, lua), () => arrival(lua).announcement);
    expect(repetitions.reasonAt(3)).toBeUndefined();
  });
});

it('loses no occurrence for any notifier, wherever each begins, stops and goes on, and however often belfry restarts', () => {
  // Few of everything, so that what is rare comes up: drivers that report one message as read again and again.
  const reports = fc.array(fc.tuple(fc.constantFrom(ox, lua), fc.constantFrom(0, 3000, 9999, 20_000)), {
    minLength: 2,
    maxLength: 12,
  });
  // One of two notifiers reads on, or belfry restarts and it reads again what was not committed.
  const steps = fc.array(fc.tuple(fc.nat(1), fc.constantFrom('read', 'read', 'restart'), fc.nat(2)), { maxLength: 12 });
  fc.assert(
    fc.property(reports, steps, (all, reading) => {
      let at = 0;
      const entries = all.map(([source, afterMs], i) => {
        at += afterMs;
        return entryOf(i + 1, at, source);
      });
      let repetitions = new Repetitions();
      const notifiers = [0, 1].map(() => ({ cursor: 0, got: new Set<number>() }));
      const readOn = (notifier: (typeof notifiers)[number] | undefined, count: number): void => {
        if (notifier === undefined) return;
        for (const entry of entries.slice(notifier.cursor, notifier.cursor + count)) {
          repetitions.read(entry, () => read(ox).announcement);
          if (repetitions.reasonAt(entry.position) === undefined) notifier.got.add(entry.position);
          notifier.cursor = entry.position;
        }
      };
      for (const [number, act, count] of reading) {
        const notifier = notifiers[number];
        if (act === 'read') readOn(notifier, count + 1);
        else {
          repetitions = new Repetitions();
          if (notifier !== undefined) notifier.cursor = Math.max(0, notifier.cursor - count);
        }
      }
      for (const notifier of notifiers) readOn(notifier, entries.length);
      // It has happened as often as the driver reports that missed none.
      const happened = Math.max(...[ox, lua].map((driver) => all.filter(([source]) => source === driver).length));
      for (const { got } of notifiers) expect(got.size).toBeGreaterThanOrEqual(happened);
    }),
    { numRuns: tries(5000) },
  );
});
