/** The verdict: the first sentence that somebody reads who was woken up. */
import { describe, expect, it } from 'vitest';
import { spanOf, stateOf, timeOf } from '../../src/admin/notifier-state.ts';
import type { NotifierRow } from '../../src/admin/protocol.ts';
import { unusableConsumer } from '../../src/admin/unusable-consumer.ts';
import { type Standings, type Verdict, verdict } from '../../src/admin/verdict.ts';

const [second, minute, hour] = [1000, 60_000, 3_600_000];
const now = Date.UTC(2026, 10, 30, 3, 0);
const counts = { received: 100, delivered: 100, filtered: 0, waiting: 0, deferred: 0, dead: 0, dropped: 0, damaged: 0 };

const row = (own: Partial<NotifierRow> = {}): NotifierRow => ({ kind: 'notifier', notifier: 'crm', ...counts, ...own });

const spool = { bytes: 1, maxBytes: 1000, neededShare: 0 };

const said = (notifiers: readonly NotifierRow[] = [row()], own: Partial<Standings> = {}): Verdict =>
  verdict({ now, notifiers, suspectedLosses: 0, spool, ...own });

const headlines = (...given: Parameters<typeof said>): readonly string[] =>
  said(...given).problems.map(({ headline }) => headline);

const failing = (forMs: number, own: Partial<NotifierRow> = {}): NotifierRow =>
  row({ receiver: { at: now - forMs, failing: 'connect ECONNREFUSED 127.0.0.1:80' }, ...own });

const paused = (forMs: number, own: Partial<NonNullable<NotifierRow['receiverPause']>> = {}) => ({
  receiverPause: { until: now + forMs, reason: 'answered 503', ...own },
});

describe('all is well', () => {
  it('when everything is delivered, or on its way', () => {
    expect(said()).toEqual({
      ...{ level: 'ok', headline: 'All is well', explanation: 'Everything received has been delivered.' },
      problems: [],
    });
    expect(said([row({ waiting: 1 })]).explanation).toBe('1 notification on the way.');
    expect(said([row({ waiting: 1000, deferred: 200 })]).explanation).toBe('1,200 notifications on the way.');
  });

  it('before the first event', () => {
    const none = row({ received: 0, delivered: 0 });
    const first = 'The first event of the mail server will appear below.';
    expect(said([none])).toMatchObject({
      ...{ level: 'ok', headline: 'Ready, and nothing has been delivered yet', explanation: first },
    });
    expect(said([{ ...none, builtIn: true }]).explanation).toMatch(/^No notifier is configured/);
    expect(said([]).explanation).toMatch(/^No notifier is configured/);
  });

  it('says that there were events where filters left nothing of them', () => {
    const { level, explanation } = said([row({ received: 12, delivered: 0, filtered: 12 })]);
    expect(level).toBe('ok');
    expect(explanation).toBe(
      '12 events were received, and the filters left nothing of that to deliver; belfry explain says why.',
    );
    expect(said([row({ received: 1, delivered: 0, filtered: 1 })]).explanation).toMatch(/^1 event was received/);
  });
});

describe('a receiver that fails', () => {
  it('is named, with how long, why, what waits and when it is tried again', () => {
    expect(said([failing(12 * minute, { deferred: 3, nextAttemptAt: now + 5 * minute })])).toMatchObject({
      level: 'bad',
      headline: 'crm has not accepted anything for 12 minutes',
      explanation:
        'Connect ECONNREFUSED 127.0.0.1:80. 3 notifications wait; nothing is lost. The next attempt is in 5 minutes. Everything else is well.',
      action: { label: 'Try crm now', kind: 'retry', notifier: 'crm' },
    });
  });

  it('is not tried before its circuit breaker allows it', () => {
    const away = { waiting: 1, nextAttemptAt: now + second, pausedUntil: now + 40 * second };
    expect(said([failing(minute, away)]).explanation).toContain(
      '1 notification waits; nothing is lost. The next attempt is in 40 seconds.',
    );
    expect(said([failing(minute, { waiting: 1, pausedUntil: now + 40 * second })]).explanation).toContain('40 seconds');
  });

  it('is a warning, and nothing can be tried again, where nothing waits for it', () => {
    const { level, action, explanation } = said([failing(minute)]);
    expect([level, action]).toEqual(['warning', undefined]);
    expect(explanation).toContain('Nothing waits.');
  });

  it('that refuses for good does answer: its dead letters are what is wrong', () => {
    const refusing = failing(79 * second, {
      dead: 2,
      receiver: { at: now - 79 * second, failing: 'rejected: answered 422' },
    });
    expect(headlines([refusing])).toEqual(['crm has 2 dead letters']);
    expect(stateOf(refusing, now)).toEqual({ kind: 'ok', text: 'ok, rejected the last' });
    expect(stateOf(failing(79 * second), now).kind).toBe('failing');
  });

  it('keeps its words, and no full stop comes twice', () => {
    const because = (reason: string): string =>
      said([row({ waiting: 1, receiver: { at: now, failing: reason } })]).explanation.split(' 1 notification')[0] ?? '';
    expect(because('answered 500.')).toBe('Answered 500.');
    expect(because('https://crm.example.org/ answered 500')).toBe('https://crm.example.org/ answered 500.');
    expect(because('<b>\u001b[31m</b>')).toBe('<b>\u001b[31m</b>.');
    expect(because(' ')).toBe('The reason is not known.');
  });
});

describe('a pause', () => {
  it('that a receiver asks for is told where it is long', () => {
    expect(said([failing(2 * second, { waiting: 1, ...paused(30 * second) })]).level).toBe('ok');
    expect(said([row({ waiting: 1, ...paused(2 * hour) })])).toMatchObject({
      level: 'warning',
      headline: `crm accepts nothing until ${timeOf(now + 2 * hour, now)}`,
      explanation:
        'Its receiver answered: Answered 503. 1 notification waits; nothing is lost. Everything else is well.',
    });
  });

  it('is no end of a failure that goes on for long, one short pause after the other', () => {
    expect(said([failing(3 * hour, { deferred: 9, ...paused(30 * second) })])).toMatchObject({
      level: 'bad',
      headline: 'crm has not accepted anything for 3 hours',
      explanation: expect.stringContaining('The next attempt is in 30 seconds.'),
    });
  });

  it('without an end is bad when the receiver wants it, and a warning when an administrator does', () => {
    const endless = { isEndless: true };
    expect(said([row(paused(1e13, endless))])).toMatchObject({
      ...{ level: 'bad', headline: 'crm accepts nothing until it is resumed' },
      action: { kind: 'resume', notifier: 'crm' },
    });
    expect(said([failing(hour, { waiting: 2, ...paused(1e13, { ...endless, byAdministrator: true }) })])).toMatchObject(
      {
        ...{ level: 'warning', headline: 'crm is paused until it is resumed' },
        explanation: 'An administrator has paused it. 2 notifications wait; nothing is lost. Everything else is well.',
        action: { label: 'Resume crm', kind: 'resume', notifier: 'crm' },
      },
    );
  });

  it('that is over says nothing', () => {
    expect(said([row(paused(-1, { byAdministrator: true }))]).level).toBe('ok');
  });
});

describe('dead letters', () => {
  it('are counted', () => {
    expect(headlines([row({ dead: 1 })])).toEqual(['crm has 1 dead letter']);
    expect(headlines([row({ dead: 1234 })])).toEqual(['crm has 1,234 dead letters']);
    const unusable = row({ notifier: unusableConsumer, dead: 1 });
    expect(headlines([unusable])).toEqual(['1 request could not be understood']);
  });
});

describe('the daemon itself', () => {
  it('has lost its spool, and then nothing is said of its size', () => {
    const full = { bytes: 1000, maxBytes: 1000, neededShare: 1 };
    expect(said([row()], { absence: '/var/lib/belfry/spool is gone', spool: full })).toMatchObject({
      ...{ level: 'bad', headline: 'New events are refused and lost' },
      explanation: expect.stringContaining('/var/lib/belfry/spool is gone'),
      problems: { length: 1 },
    });
  });

  it('is told full only where what fills it is still needed', () => {
    const filled = (bytes: number, neededShare: number): readonly (readonly [string, string])[] =>
      said([row()], { spool: { bytes, maxBytes: 1000, neededShare } }).problems.map(({ level, headline }) => [
        level,
        headline,
      ]);
    expect(filled(1000, 0.5)).toEqual([]);
    expect(filled(800, 1)).toEqual([]);
    expect(filled(900, 1)).toEqual([['warning', 'The spool is nearly full']]);
    expect(filled(1000, 1)).toEqual([['bad', 'The spool is full, and new events are refused and lost']]);
  });

  it('says since when the file on disk is not in force, and why', () => {
    const refused = { at: now - minute, reason: 'belfry.conf:3: no such option.' };
    expect(said([row()], { refused })).toMatchObject({
      ...{ level: 'warning', headline: 'The configuration on disk is not in force' },
      explanation: `It was refused at ${timeOf(refused.at, now)}: belfry.conf:3: no such option. The former one stays in force; belfry check shows the mistakes. Everything else is well.`,
    });
  });

  it('counts what may have been lost before it', () => {
    expect(headlines([row()], { suspectedLosses: 1 })).toEqual(['1 event may have been lost before belfry']);
    expect(headlines([row()], { suspectedLosses: 2 })).toEqual(['2 events may have been lost before belfry']);
  });
});

it('begins with the worst, and says how much more there is', () => {
  const notifiers = [row({ notifier: 'a', dead: 1 }), failing(hour, { notifier: 'b', waiting: 1, dead: 2 })];
  const { headline, explanation, problems } = said(notifiers, { suspectedLosses: 1 });
  expect(headline).toBe('b has not accepted anything for 60 minutes');
  expect(explanation).toMatch(/ 3 further problems below\.$/);
  expect(problems.map((one) => one.headline)).toEqual([
    headline,
    '1 event may have been lost before belfry',
    'a has 1 dead letter',
    'b has 2 dead letters',
  ]);
  expect(said(notifiers.slice(1)).explanation).toMatch(/ 1 further problem below\.$/);
});

describe('the state in a few words', () => {
  it.each([
    ['idle', 'not tried yet', row()],
    ['ok', 'ok', row({ receiver: { at: now } })],
    ['failing', `failing since ${timeOf(now - minute, now)}`, failing(minute)],
    ['failing', 'failing', row({ breaker: 'open' })],
    ['throttled', `throttled until ${timeOf(now + minute, now)}`, row(paused(minute))],
    ['failing', 'stopped until it is resumed', row(paused(1e13, { isEndless: true }))],
    ['paused', `paused until ${timeOf(now + minute, now)}`, row(paused(minute, { byAdministrator: true }))],
    ['ok', 'ok', row({ receiver: { at: now }, ...paused(-1) })],
  ] as const)('is %s: %s', (kind, text, given) => {
    expect(stateOf(given, now)).toEqual({ kind, text });
  });

  it('has a day where the time alone would mislead', () => {
    expect(timeOf(now, now)).toMatch(/^\d\d:\d\d$/);
    expect(timeOf(now + 25 * hour, now)).toMatch(/^2026-12-0[12] \d\d:\d\d$/);
  });

  it.each([
    [-5, '0 seconds'],
    [1000, '1 second'],
    [89_000, '89 seconds'],
    [90_000, '2 minutes'],
    [5_400_000, '2 hours'],
    [172_800_000, '2 days'],
  ])('%i ms are %s', (ms, words) => expect(spanOf(ms)).toBe(words));
});
