/** What the page makes of the answers of the API, without a browser. */
import { describe, expect, it } from 'vitest';
import { doneWords, wordsOf } from '../../page/model/changes.ts';
import { noEvents, withEvents } from '../../page/model/live-events.ts';
import { actionsOf, isConfigured, shownNotifiers, totalsOf } from '../../page/model/notifiers.ts';
import { ratesOf, sampleOf, withSample } from '../../page/model/rates.ts';
import { hashOf, routeOf } from '../../page/model/route.ts';
import { isEntryId, matches, queriesOf } from '../../page/model/search.ts';
import { inWords, lineOfNotifiers, sparkPoints, thinned } from '../../page/model/series.ts';
import { iconOf, titleOf } from '../../page/model/title.ts';
import { wayOf } from '../../page/model/way.ts';
import { emptyStatus, eventRow, history, hostile, now, status } from './samples.ts';

describe('the address', () => {
  it.each([
    ['', { view: 'overview' }],
    ['#/events?id=01A&search=john+doe', { view: 'events', id: '01A', search: 'john doe' }],
    ['#/dead?notifier=crm&reason=410%20Gone', { view: 'dead', notifier: 'crm', reason: '410 Gone' }],
    ['#/../../etc/passwd?x=1', { view: 'overview' }],
  ])('%s names a view', (hash, route) => expect(routeOf(hash)).toEqual(route));

  it('comes back as it was, whatever is in it', () => {
    for (const reason of hostile) {
      const route = { view: 'dead', notifier: 'a/b?c', reason: reason.toWellFormed() } as const;
      expect(routeOf(hashOf(route))).toEqual(route);
    }
  });
});

describe('notifiers', () => {
  it('leaves out what is built in and does nothing', () => {
    expect(shownNotifiers(status.notifiers).map(({ notifier }) => notifier)).toEqual(['archive', 'crm', 'phone']);
    expect(shownNotifiers(emptyStatus([]).notifiers)).toEqual([]);
    expect([isConfigured(status.notifiers), isConfigured(emptyStatus([]).notifiers)]).toEqual([true, false]);
  });

  it('adds up what waits, and what was given up', () => {
    expect(totalsOf(status.notifiers)).toEqual({ waiting: 1207, dead: 20, oldestAt: now - 720_000 });
  });

  it('offers what helps as it stands', () => {
    const actions = shownNotifiers(status.notifiers).map((one) => actionsOf(one, now));
    expect(actions).toEqual([['pause'], ['retry', 'pause'], ['resume', 'pause']]);
  });
});

describe('rates', () => {
  const later = (ms: number, more: number) => {
    const notifiers = status.notifiers.map((one) => ({ ...one, delivered: one.delivered + more }));
    return sampleOf({ ...status, at: now + ms, received: { total: status.received.total + more }, notifiers });
  };

  it('are those of the last seconds', () => {
    const samples = [later(0, 0), later(2000, 400), later(4000, 800)].reduce(withSample, []);
    expect(ratesOf(samples, undefined)).toMatchObject({ received: 200, notifiers: { crm: 200 } });
  });

  it('are those of the history before there are two samples, and of a daemon that has restarted', () => {
    expect(ratesOf([later(0, 5)], history)?.received).toBeCloseTo(history.received.at(-1) ?? 0);
    expect(withSample([later(0, 5)], later(2000, 1))).toHaveLength(1);
    expect(ratesOf([], undefined)).toBeUndefined();
  });
});

describe('live events', () => {
  it('are the newest first, each once, with what was said last', () => {
    const [one, two] = [eventRow(1, now), eventRow(2, now + 5)];
    const first = withEvents(noEvents, [one, two]);
    const changed = { ...one, user: 'changed' };
    expect(withEvents(first, [one, changed]).rows).toEqual([two, changed]);
  });

  it('are found by a part of what is shown of them', () => {
    const row = eventRow(3, now);
    expect([matches(row, 'MESSAGE'), matches(row, `${row.user} crm`), matches(row, 'nobody')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([isEntryId(row.id), isEntryId('john')]).toEqual([true, false]);
    expect(queriesOf(' john ')).toEqual([{ user: 'john' }, { mailbox: 'john' }, { event: 'john' }]);
  });
});

describe('the way of an event', () => {
  it('says what happened, in order, with the next attempt', () => {
    const row = eventRow(3, now - 60_000);
    const { steps, notifiers } = wayOf(row, now);
    expect(steps.map(({ text }) => text)).toEqual([
      ...['received and stored, 490 bytes', 'MessageAppend of rania in Sent'],
    ]);
    expect(notifiers.map(({ notifier, state, from }) => [notifier, state, from])).toEqual([
      ['archive', 'delivered', undefined],
      ['crm', 'failed 3×', 'queue'],
    ]);
    expect(notifiers[1]?.steps.map(({ time, text }) => `${time} ${text}`)).toEqual([
      '+3 ms attempt 1: 503 Service Unavailable: “database is down”',
      expect.stringContaining('attempt 2: connect ECONNREFUSED'),
      expect.stringContaining('attempt 3: connect ECONNREFUSED'),
      'in 14 min attempt 4',
    ]);
  });

  it('names the option that filtered it, and shortens what failed often', () => {
    const filtered = wayOf(eventRow(4, now), now).notifiers[1];
    expect(filtered?.steps.map(({ text }) => text)).toEqual(['not for it, by crm_events: FlagsSet']);
    const attempt = { at: now, durationMs: 5, outcome: 'retry' as const, reason: 'no' };
    const standing = {
      notifier: 'crm',
      state: 'dead' as const,
      attempts: Array(40).fill(attempt),
      reason: 'no',
      diedAt: now,
    };
    const [way] = wayOf({ ...eventRow(4, now), notifiers: [standing] }, now).notifiers;
    expect(way?.steps).toHaveLength(8);
    expect(way?.steps[2]?.text).toBe('34 more failed attempts');
    expect(way?.from).toBe('dead');
  });

  it('says why a request is not usable', () => {
    const standing = { notifier: 'unusable', state: 'dead' as const, attempts: [], reason: 'schema: no URI' };
    const { steps } = wayOf({ ...eventRow(4, now), notifiers: [standing] }, now);
    expect(steps[1]?.text).toBe('not usable: schema: no URI');
  });
});

describe('charts', () => {
  it('have a text that says the same', () => {
    const lines = lineOfNotifiers(history, ['crm', 'gone'], 'waiting');
    const words = inWords({
      title: '',
      at: history.at.map((at) => at / 1000),
      lines,
      format: String,
      isLogarithmic: false,
    });
    expect(words).toMatch(/^The last 60 minutes\. crm: now 1185\.\d+, lowest 0, highest 1185/);
  });

  it('show at most six notifiers, the busiest', () => {
    const many = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`n${index}`, { delivered: [index], p99Ms: [null], waiting: [0] }]),
    );
    const lines = lineOfNotifiers({ ...history, notifiers: many }, Object.keys(many), 'delivered');
    expect(lines.map(({ name }) => name)).toEqual(['n3', 'n4', 'n5', 'n6', 'n7', 'n8']);
  });

  it('become small lines', () => {
    expect(sparkPoints([0, 5, 10], 100, 12)).toBe('0.0,11.0 50.0,6.0 100.0,1.0');
    expect(thinned([1, 1, 3, 3, 5, 5], 3)).toEqual([1, 3, 5]);
  });
});

describe('words', () => {
  it('say before a change what it does, and to how many', () => {
    const { title, explanation, confirm } = wordsOf('drop-dead', 'crm', 20, '410 Gone');
    expect(title).toBe('Drop 20 dead letters of crm, given up because of “410 Gone”?');
    expect(explanation).toContain('deleted for good');
    expect(confirm).toBe('Drop 20');
    expect(wordsOf('retry-dead', 'crm', 1).title).toBe('Try 1 dead letter of crm again?');
    expect(doneWords('retry-queue', 1204, 2)).toBe(
      'Trying 1,204 notifications now. 2 left alone, because attempts are in progress.',
    );
    expect(doneWords('drop-dead', 1, 0)).toBe('Dropped 1 dead letter.');
  });

  it('are in the title of the tab, with an icon', () => {
    expect(titleOf(status, true)).toBe(`✗ (2) ${status.verdict.headline} · belfry · mail1.example.org`);
    expect(titleOf(emptyStatus([]), true)).toBe('✓ belfry · mail1.example.org');
    expect(titleOf(status, false)).toBe('? Not reachable · belfry · mail1.example.org');
    expect([iconOf(status, true), iconOf(undefined, true)]).toEqual(['/page/icon-bad.svg', '/page/icon-unknown.svg']);
  });
});
