/** The screen of `belfry status` and `belfry top`, whatever the text in it. */
import { describe, expect, it } from 'vitest';
import type { StatusAnswer } from '../../src/admin/status-answer.ts';
import { renderScreen } from '../../src/cli/render-screen.ts';
import { styleFor } from '../../src/cli/style.ts';

const plain = styleFor({}, {});
const coloured = styleFor({ columns: 80 }, {});
const hostile = '\u001b[2J\u0007\r\n\u202eevil\u009b31m';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

type Row = StatusAnswer['notifiers'][number];

const row = (own: Partial<Row> = {}): Row => ({
  ...{ kind: 'notifier', notifier: 'crm', method: 'webhook', received: 5, delivered: 4, filtered: 0, waiting: 1 },
  ...{ deferred: 0, dead: 0, dropped: 0, damaged: 0, latency: { p50Ms: 3, p99Ms: 2100 } },
  state: { kind: 'ok', text: 'ok' },
  ...own,
});

const status = (own: Partial<StatusAnswer> = {}): StatusAnswer => ({
  ...{ version: '1.2.3', host: 'mail1', pid: 7, startedAt: 0, at: 60_000 },
  verdict: {
    level: 'ok',
    headline: 'All is well',
    explanation: 'Everything received has been delivered.',
    problems: [],
  },
  sockets: ['/run/notify'],
  spool: { entries: 2, bytes: 2048, maxBytes: 1024 ** 3, retentionMs: 3_600_000 },
  ...{ suspectedLosses: 0, received: { total: 5 }, stored: null, configuration: { loadedAt: 0 }, notifiers: [row()] },
  ...own,
});

const screen = (given: StatusAnswer, width = Number.POSITIVE_INFINITY, style = plain): string =>
  renderScreen(given, { width, style });

it('says what is, and what to type', () => {
  const action = { label: 'Try crm now', kind: 'retry', notifier: 'crm' } as const;
  const headline = 'crm has not accepted anything for 12 minutes';
  const bad = { level: 'bad', headline, explanation: 'Answered 500.', action } as const;
  const text = screen(status({ verdict: { ...bad, problems: [bad] } }));
  expect(text).toContain(`\n${headline}\n  Answered 500.\n  Try: belfry queue retry -n crm\n`);
  expect(text).toMatch(/^crm webhook +ok +4 +3\.0 ms +2\.1 s +1 +0 +never$/m);
  expect(text).toContain('Spool: 2.0 kB of 1.0 GB, 2 requests, kept 1h for replay.');
  expect(text).toContain('Receives on /run/notify. Configuration loaded 1m ago.');
});

it('shows rates since the look before, also when the daemon was restarted meanwhile', () => {
  const later = status({ at: 62_000, received: { total: 105 }, notifiers: [row({ delivered: 24 })] });
  const text = renderScreen(later, { width: 120, style: plain, before: status() });
  expect(text).toMatch(/^crm webhook +ok +10\/s/m);
  expect(text).toContain('Received 105, 50/s.');
  expect(renderScreen(status({ at: 63_000 }), { width: 120, style: plain, before: later })).toMatch(/ok +0\/s/);
});

it('colours the state and not a word that contains it', () => {
  const line = screen(status(), 120, coloured)
    .split('\n')
    .find((one) => one.startsWith('crm'));
  expect(line).toContain('crm webhook  \u001b[32mok\u001b[39m ');
});

it('has no colours without a terminal or with NO_COLOR', () => {
  expect(screen(status())).not.toContain('\u001b');
  expect(screen(status(), 80, styleFor({ columns: 80 }, { NO_COLOR: '1' }))).not.toContain('\u001b');
  expect(screen(status(), 80, styleFor({ columns: 80 }, { NO_COLOR: '' }))).toContain('\u001b[');
});

describe.each([80, 120, Number.POSITIVE_INFINITY])('at a width of %d', (width) => {
  const long = `${hostile} ${'very '.repeat(300)}${'x'.repeat(500)} ${'\u{1f4e8}'.repeat(100)}`;
  const trouble = { level: 'bad', headline: `h ${hostile}`, explanation: long } as const;
  const given = status({
    host: hostile,
    sockets: [`/run/${hostile}`],
    verdict: { ...trouble, problems: [trouble, trouble] },
    notifiers: [
      row({ lastFailure: { at: 0, reason: long }, state: { kind: 'failing', text: `failing ${hostile}` } }),
      row({ notifier: `b${hostile}`, label: hostile, receiver: { at: 0, failing: long } }),
    ],
  });

  it('nothing in it steers the terminal, adds a line or is wider than that', () => {
    const text = screen(given, width);
    expect(text).not.toMatch(steering);
    expect(text).toContain('\\u{1b}[2J');
    const lines = text.split('\n');
    const table = lines.slice(lines.findIndex((line) => line.startsWith('NOTIFIER')));
    expect(table.slice(0, 4).map((line) => line.charAt(0))).toEqual(['N', 'c', 'b', '']);
    for (const line of table.slice(0, 3)) expect(line.length).toBeLessThanOrEqual(width);
    // One that cannot be wrapped has a line of its own.
    for (const line of lines) if (line.includes('very')) expect(line.length).toBeLessThan(width === 80 ? 81 : 1e6);
  });

  it('has nothing but colours beside that on a terminal', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that style writes
    expect(screen(given, width, coloured).replace(/\u001b\[\d+m/g, '')).toBe(screen(given, width));
  });
});
