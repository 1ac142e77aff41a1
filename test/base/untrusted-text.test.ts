/** Everything that shows text from outside, together: whatever it is given, no terminal obeys it and no line is forged. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BelfryError } from '../../src/base/error.ts';
import { oneLine, printable } from '../../src/base/printable.ts';
import { fail } from '../../src/cli/failure.ts';
import { outJson } from '../../src/cli/io.ts';
import { renderCheck, renderJson } from '../../src/cli/render-check.ts';
import { renderFinding } from '../../src/cli/render-doctor.ts';
import { renderEntry, renderItem, renderRecent } from '../../src/cli/render-entry.ts';
import { renderAudit, renderStatus } from '../../src/cli/render-queue.ts';
import { problemList, renderProblems } from '../../src/config/problem.ts';
import { quoted } from '../../src/decode/decoded.ts';
import { encodeAnswer } from '../../src/decode/dlist/encode.ts';
import { problem, problemDocument } from '../../src/http-server/problem.ts';
import { journalForm, jsonForm, textForm } from '../../src/log/line-form.ts';
import { cyrusLine, jsonLines } from '../../src/notifier/log/log-line.ts';
import { said } from '../cli/said.ts';
import { eventNotification, requestNotification } from '../notifier/samples.ts';

/** What a terminal may obey, what turns the direction of text, and what ends a line. */
const steering = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const hostile = fc.string({
  maxLength: 60,
  unit: fc.oneof(
    fc.constantFrom('\u001b[2J', '\u009b2J', '\u007f', '\u0085', '\u202e', '\u2066', '\u200b', '\u2028', '\ud83d'),
    fc.constantFrom('\n', '\r\n', '\t', '\0', '"', '\\', 'ü', '日', '😀', ' '),
    fc.string({ maxLength: 1, unit: 'binary' }),
  ),
});

const now = 1_800_000_000_000;
const id = '0'.repeat(26);
const attempt = (text: string) => ({ at: 1, durationMs: 1, outcome: 'retry' as const, reason: text });
const about = (text: string) => ({ id, receivedAt: 1, size: 1, class: text, event: text, user: text, mailbox: text });
const standing = (text: string) => ({ attempts: [attempt(text)], dueAt: 2, reason: text });
const notifiers = (text: string) => [
  { notifier: text, state: 'deferred' as const, ...standing(text) },
  { notifier: text, state: 'filtered' as const, attempts: [], outcome: { at: 1, option: text, detail: text } },
  { notifier: text, state: 'delivered' as const, attempts: [], outcome: { at: 1, detail: text } },
];
const none = { received: 0, delivered: 0, filtered: 0, waiting: 1, deferred: 0, dead: 0, dropped: 0, damaged: 1 };
const loaded = (text: string) => {
  const problems = problemList();
  problems.add({ severity: 'error', file: text, line: 1, option: text, message: text, remedy: text });
  const source = { kind: 'file', file: text, line: 1, as: text } as const;
  const inForce = [{ option: 'x', section: 'X', value: text, source }];
  return { files: [text, text], problems: problems.all, inForce, ignored: 0 } as unknown as Parameters<
    typeof renderCheck
  >[0];
};
const printed = (act: (io: { out(text: string): void; err(text: string): void; exit(): void }) => void): string => {
  let text = '';
  const take = (more: string): void => {
    text += more;
  };
  act({ out: take, err: take, exit() {} });
  return text;
};
const deliveries = (text: string) => [
  { notification: eventNotification(id, { event: text, user: text, [text]: text }), attempt: 1, lane: text },
  {
    notification: requestNotification(id, { class: text, user: text, options: [text], message: text }),
    attempt: 1,
    lane: text,
  },
];
const logLine = (text: string): string =>
  `${JSON.stringify({ level: 'warn', time: '2026-11-21T10:28:53.345Z', user: text, [`x${text}`]: [text], msg: text })}\n`;

/** All that shows text of others; a line feed may end what they print, and part the lines of their own. */
const outputs: Readonly<Record<string, (text: string) => string>> = {
  'a reason': (text) => printable(text, 40),
  'a quotation in a message': quoted,
  'a problem document': (text) => problemDocument(problem(400, text, { field: text })),
  'an answer to Cyrus': (text) => encodeAnswer({ word: 'NO', reason: text }).toString().replace('\r\n', '\n'),
  'a line of the log for programs': (text) => jsonForm.shape(logLine(text)),
  'a line of the log for the journal': (text) => journalForm.shape(logLine(text)),
  'a line of the log for people': (text) => textForm(false).shape(logLine(text)),
  'a notification as JSON': (text) =>
    deliveries(text)
      .map((delivery) => jsonLines()(delivery, text, now))
      .join(''),
  'a notification as Cyrus logs it': (text) => deliveries(text).map(cyrusLine).join(''),
  'mistakes of a configuration': (text) => renderProblems(loaded(text).problems),
  'belfry check': (text) => renderCheck(loaded(text)),
  'belfry check --json': (text) => renderJson(loaded(text)),
  'belfry doctor': (text) =>
    renderFinding({
      ...{ check: 'x', verdict: 'fault', message: text, meaning: text, remedy: text },
      place: { file: text, line: 1, option: text },
    }),
  'belfry queue': (text) =>
    renderStatus(
      [
        { kind: 'notifier', notifier: text, ...none, receiver: { at: 1, failing: text } },
        { kind: 'notifier', notifier: text, ...none, receiverPause: { until: 1, reason: text } },
      ],
      now,
    ),
  'belfry queue --audit': (text) =>
    renderAudit([{ kind: 'audit', notifier: text, ...none, difference: 1, faults: [text] }]),
  'belfry queue list': (text) =>
    renderItem({ kind: 'dead', notifier: text, ...about(text), ...standing(text) }, now, 80),
  'belfry recent': (text) => renderRecent({ kind: 'recent', ...about(text), notifiers: notifiers(text) }, now),
  'belfry queue show': (text) => {
    const bytes = Buffer.from(text).toString('base64');
    return renderEntry({ kind: 'entry', ...about(text), bytes, notifiers: notifiers(text) }, now, 80);
  },
  'anything --json': (text) => printed((io) => outJson(io, { [text]: [text] })),
  'a command that fails': (text) => printed((io) => fail(new BelfryError('BAD_INPUT', text), io)),
};

describe('text from outside', () => {
  it.each(Object.entries(outputs))('reaches no terminal as it is: %s', (_, output) => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(output(text).replaceAll('\n', '')).not.toMatch(steering);
      }),
    );
  });

  it('adds no line to a header and turns no text round in it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
    expect(oneLine(' a\r\n\tb\u202e 👨\u200d👩 ')).toBe('a b 👨\u200d👩');
  });

  it('is the same JSON for a program', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(JSON.parse(printed((io) => outJson(io, { [text]: [text] })))).toEqual({ [text]: [text] });
        expect(JSON.parse(renderJson(loaded(text))).files).toEqual([text, text]);
      }),
    );
  });

  it('is shown by no command as it is, which is given it in a file and as an argument', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'belfry-untrusted-'));
    afterAll(() => rmSync(directory, { recursive: true }));
    const configuration = join(directory, 'belfry.conf');
    writeFileSync(configuration, `configdirectory: ${directory}\n`);
    const text = 'a\u001b[2J\u009b31m\u202eb\u007f';
    const file = join(directory, 'event');
    writeFileSync(file, JSON.stringify({ event: 'MessageNew', uri: `imap://h/${text}`, user: text, [text]: text }));
    const asked = [
      ['explain', '-C', configuration, file],
      ['explain', '--json', '-C', configuration, file],
      ['queue', 'list', '-n', text, '-C', configuration],
      ['events', text],
      ['events', '--json'],
      ['send', '--event', text, '-f', '/nowhere'],
      ['check', '-C', join(directory, text)],
      ['check', '--json', '-C', join(directory, text)],
      [text],
      ['queue', `--${text}`],
      ['recent', '--limit', text],
    ];
    for (const words of asked) {
      const { out, err } = await said(words);
      expect(`${out}${err}`.length, words[0]).toBeGreaterThan(0);
      expect(`${out}${err}`.replaceAll('\n', ''), words.join(' ')).not.toMatch(steering);
    }
  });
});
