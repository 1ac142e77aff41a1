/** What the API might answer on a busy evening: one receiver refuses, one asks for time, one is well. */
import type { EventRow, Group, History, Item, NotifierStatus, Status } from '../../page/api/types.ts';

/** 28 November 2026, 10:16:41 UTC. */
export const now = Date.UTC(2026, 10, 28, 10, 16, 41);
const minute = 60_000;

/** A notifier that is well, and has had nothing to do. */
export const idle: NotifierStatus = {
  ...{ notifier: 'archive', method: 'log', received: 0, delivered: 0, filtered: 0, waiting: 0, deferred: 0, dead: 0 },
  ...{ dropped: 0, damaged: 0, state: { kind: 'idle', text: 'not tried yet' }, latency: null },
};

const archive: NotifierStatus = {
  ...{ ...idle, received: 812_400, delivered: 812_400, receiver: { at: now - 1000 } },
  ...{ state: { kind: 'ok', text: 'ok' }, latency: { p50Ms: 0.4, p99Ms: 2 } },
};

const crm: NotifierStatus = {
  ...{ ...archive, notifier: 'crm', method: 'webhook', delivered: 409_120, waiting: 4, deferred: 1200, dead: 20 },
  receiver: { at: now - 12 * minute, failing: 'connect ECONNREFUSED crm.example.org:443' },
  ...{ oldestAt: now - 12 * minute, nextAttemptAt: now + 48_000 },
  ...{ state: { kind: 'failing', text: 'failing since 10:04' }, latency: { p50Ms: 41, p99Ms: 180 } },
};

const phone: NotifierStatus = {
  ...{ ...archive, notifier: 'phone', method: 'webhook', label: 'ntfy', delivered: 5210, deferred: 3 },
  receiverPause: { until: now + 49_000, reason: '429 Too Many Requests, Retry-After 60 s' },
  ...{ oldestAt: now - minute, nextAttemptAt: now + 49_000, latency: { p50Ms: 88, p99Ms: 240 } },
  state: { kind: 'throttled', text: 'throttled until 10:17' },
};

const unusable: NotifierStatus = { ...idle, notifier: 'unusable', method: undefined, builtIn: true };

const explanation =
  'Connect ECONNREFUSED crm.example.org:443. 1,204 notifications wait; nothing is lost. The next attempt is in 48 seconds.';
const retry = { label: 'Try crm now', kind: 'retry', notifier: 'crm' } as const;

export const status: Status = {
  ...{ version: '0.2.0', host: 'mail1.example.org', startedAt: now - 12.2 * 86_400_000, at: now },
  verdict: {
    ...{ level: 'bad', headline: 'crm has not accepted anything for 12 minutes', action: retry },
    explanation: `${explanation} 1 further problem below.`,
    problems: [
      { level: 'bad', headline: 'crm has not accepted anything for 12 minutes', explanation, action: retry },
      {
        ...{ level: 'warning', headline: 'crm has 20 dead letters' },
        explanation:
          'belfry gave up on them and keeps them with every attempt; look at the reason, then try again or drop them.',
        action: { label: 'Show them', kind: 'dead', notifier: 'crm' },
      },
    ],
  },
  sockets: ['/run/belfry/notify'],
  spool: { entries: 2400, bytes: 1_100_000, maxBytes: 1_073_741_824, retentionMs: 86_400_000 },
  ...{ suspectedLosses: 0, received: { total: 812_400 }, stored: { p50Ms: 1.2, p99Ms: 4.8 } },
  configuration: { loadedAt: now - 3 * 86_400_000 },
  notifiers: [archive, crm, phone, unusable],
};

/** When nothing has happened yet; with or without a notifier. */
export const emptyStatus = (notifiers: readonly NotifierStatus[]): Status => ({
  ...{ ...status, startedAt: now - 40_000, received: { total: 0 }, stored: null },
  verdict: {
    ...{ level: 'ok', headline: 'Ready, and nothing has been delivered yet', problems: [] },
    explanation: 'The first event of the mail server will appear below.',
  },
  spool: { ...status.spool, entries: 0, bytes: 24_576 },
  notifiers: [...notifiers, unusable],
});

const steps = 360;
const wave = (index: number, height: number): number =>
  Math.max(0, height * (1 + 0.25 * Math.sin(index / 17) + 0.12 * Math.sin(index / 3.1)));
const series = <T>(make: (index: number) => T): T[] => Array.from({ length: steps }, (_, index) => make(index));

export const history: History = {
  stepMs: 10_000,
  at: series((index) => now - (steps - 1 - index) * 10_000),
  received: series((index) => wave(index, 150)),
  delivered: series((index) => wave(index, index > 288 ? 151 : 300)),
  storedP99Ms: series((index) => wave(index, 4)),
  notifiers: {
    archive: {
      delivered: series((index) => wave(index, 150)),
      p99Ms: series((index) => wave(index + 40, 2)),
      waiting: series(() => 0),
    },
    crm: {
      delivered: series((index) => (index > 288 ? 0 : wave(index, 149))),
      p99Ms: series((index) => (index > 288 ? null : wave(index + 7, 180))),
      waiting: series((index) => Math.max(0, (index - 288) * 16.7)),
    },
    phone: {
      delivered: series((index) => wave(index, 1)),
      p99Ms: series((index) => wave(index + 90, 240)),
      waiting: series((index) => index % 9),
    },
  },
};

const id = (number: number): string => `01M7Z9ZHR9PPM707${String(number).padStart(11, '0')}`;
const names = ['MessageNew', 'FlagsSet', 'MessageExpunge', 'MessageAppend', 'MessageRead', 'QuotaExceed'] as const;
const users = ['john', 'jane', 'mary', 'rania', 'li'] as const;
const mailboxes = ['INBOX', 'INBOX/Work', 'Archive/2026', 'Sent'] as const;
const of = <T>(list: readonly [T, ...T[]], index: number): T => list[index % list.length] ?? list[0];

export function eventRow(number: number, receivedAt: number): EventRow {
  const isForCrm = number % 3 !== 1;
  const crmState = isForCrm
    ? { state: 'deferred' as const, attempts: attemptsFrom(receivedAt, number % 7), dueAt: receivedAt + 900_000 }
    : {
        ...{ state: 'filtered' as const, attempts: [] },
        outcome: { at: receivedAt + 1, option: 'crm_events', detail: 'FlagsSet' },
      };
  return {
    ...{ id: id(number), receivedAt, size: 490, class: 'EVENT', event: of(names, number), user: of(users, number) },
    mailbox: of(mailboxes, number),
    notifiers: [
      { notifier: 'archive', state: 'delivered', attempts: [], outcome: { at: receivedAt + 2, attempts: 1 } },
      { notifier: 'crm', ...crmState },
    ],
  };
}

function attemptsFrom(receivedAt: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    ...{ at: receivedAt + 3 + index * 60_000, durationMs: 12, outcome: 'retry' as const },
    reason: index === 0 ? '503 Service Unavailable: “database is down”' : 'connect ECONNREFUSED crm.example.org:443',
  }));
}

const gone = '410 Gone: “this endpoint was removed”';

export const groups: readonly Group[] = [
  { notifier: 'crm', reason: gone, count: 20, users: 3, firstAt: now - 64 * minute, lastAt: now - 36 * minute },
];

export const deadItems: readonly Item[] = Array.from({ length: 20 }, (_, index) => {
  const { notifiers: _notifiers, ...subject } = eventRow(500 + index, now - 64 * minute + index * 80_000);
  const at = subject.receivedAt + 5;
  return {
    ...{ kind: 'dead' as const, notifier: 'crm', ...subject, reason: gone, diedAt: at },
    attempts: [{ at, durationMs: 30, outcome: 'rejected' as const, reason: gone }],
  };
});

/** What must neither run nor break the layout, wherever it comes from. */
export const hostile: readonly string[] = [
  '<img src=x onerror="window.hasRun=1"><script>window.hasRun=1</script>',
  '"><svg/onload=window.hasRun=1>',
  'javascript:window.hasRun=1',
  '\u202egnp.exe\u2066\u0007\u001b[31mred',
  'W'.repeat(10_000),
  `x${'\u0301'.repeat(400)}y`,
  '﷽'.repeat(60),
  'line\nline\r\n\u2028line\u0000',
];
