/** The rules by which an answer of a receiver becomes an outcome, one by one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, judgeAnswer, retryAfterMs } from '../../../src/notifier/http/judge-answer.ts';
import type { Outcome } from '../../../src/notifier/notifier.ts';
import { anyText } from '../samples.ts';

/** 2026-11-21T06:28:56Z */
const now = 1_795_242_536_000;
const dayMs = 24 * 3600 * 1000;

function judge(answer: Partial<Answer>): Outcome {
  const complete = { status: 200, retryAfter: undefined, location: undefined, body: '', ...answer };
  return judgeAnswer(complete, 'https://crm.example.org', now);
}

describe('the status decides', () => {
  it.each([200, 201, 202, 204, 226, 299])('%i is delivered', (status) => {
    expect(judge({ status, body: 'whatever', retryAfter: '5' })).toEqual({
      status: 'delivered',
      detail: String(status),
    });
  });

  it.each([400, 413, 422])('%i is rejected', (status) => {
    expect(judge({ status, retryAfter: '5' }).status).toBe('rejected');
  });

  it.each([
    199, 300, 301, 302, 304, 307, 308, 401, 402, 403, 404, 405, 408, 409, 411, 415, 418, 421, 423, 425, 429, 451, 500,
    501, 502, 503, 504, 507, 520, 599, 700,
  ])('%i is tried again', (status) => {
    const outcome = judge({ status });
    expect(outcome.status).toBe('retry');
    expect(outcome).not.toHaveProperty('afterMs');
  });
});

describe('the reason', () => {
  it.each<[Partial<Answer>, string]>([
    [{ status: 500 }, 'https://crm.example.org answered 500 Internal Server Error'],
    [{ status: 520 }, 'https://crm.example.org answered 520'],
    [{ status: 400, body: ' {"error":"bad"}\n' }, 'https://crm.example.org answered 400 Bad Request: {"error":"bad"}'],
    [{ status: 410 }, expect.stringMatching(/^https:\/\/crm\.example\.org .*410 Gone/)],
    [
      { status: 301, location: 'https://elsewhere.example/\u001b[2J' },
      'https://crm.example.org answered 301 Moved Permanently to https://elsewhere.example/\\u{1b}[2J, which belfry does not follow: correct the URL',
    ],
    [
      { status: 503, body: `line\nforged: ${'x'.repeat(1000)}` },
      `https://crm.example.org answered 503 Service Unavailable: line\\nforged: ${'x'.repeat(185)}…`,
    ],
  ])('of %j', (answer, reason) => {
    expect(judge(answer)).toMatchObject({ reason });
  });

  it('is one bounded line, whatever the receiver says', () => {
    const property = fc.property(
      fc.integer({ min: 300, max: 599 }),
      anyText(300),
      anyText(300),
      (status, body, location) => {
        const outcome = judge({ status, body, location });
        const reason = 'reason' in outcome ? outcome.reason : '';
        expect(reason).toMatch(/^https:\/\/crm\.example\.org answered [345]\P{Cc}{0,600}$/u);
      },
    );
    fc.assert(property);
  });
});

describe('Retry-After', () => {
  it.each([
    ['1', 1000],
    [' 120 ', 120_000],
    ['86400', dayMs],
    ['86401', 86_401_000],
    ['99999999999999999999', 365 * dayMs],
    ['9'.repeat(400), 365 * dayMs],
    ['Sat, 21 Nov 2026 06:29:56 GMT', 60_000],
    ['Saturday, 21-Nov-26 06:29:56 GMT', 60_000],
    ['sat, 21 nov 2026 06:29:56 gmt', 60_000],
    ['Sat Nov 21 06:29:56 2026', 60_000],
    ['Sat, 21 Nov 2099 06:29:56 GMT', 365 * dayMs],
  ])('%j is obeyed', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  it.each([
    '',
    '0',
    '-5',
    '1.5',
    '5 s',
    'soon',
    '2026-11-21',
    '1e3',
    '0x10',
    'Sat, 99 Nov 2026 06:30:00 GMT',
    'Sat, 21 Nov 2026 06:28:56 GMT',
  ])('%j asks for no wait', (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  });

  it('is part of the outcome of whatever is tried again: a pause for all where the status speaks of all', () => {
    for (const status of [302, 404, 500, 502, 504]) {
      const outcome = judge({ status, retryAfter: '30' });
      expect(outcome).toMatchObject({ status: 'retry', afterMs: 30_000 });
      expect(outcome).not.toHaveProperty('pauseMs');
    }
    for (const status of [429, 503]) {
      const outcome = judge({ status, retryAfter: '30' });
      expect(outcome).toMatchObject({ status: 'retry', pauseMs: 30_000 });
      expect(outcome).not.toHaveProperty('afterMs');
    }
  });

  it('is never a wait that dispatch could not keep', () => {
    fc.assert(
      fc.property(fc.oneof(anyText(40), fc.string(), fc.double().map(String)), (header) => {
        const ms = retryAfterMs(header, now) ?? 1;
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThanOrEqual(365 * dayMs);
      }),
    );
  });
});
