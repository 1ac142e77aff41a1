/** The limit of mails: what goes out, what is counted, and what a restart does to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Held, MailLimit } from '../../../src/notifier/mailto/limit.ts';
import { type Limiter, openLimiter } from '../../../src/notifier/mailto/limiter.ts';
import type { Mail } from '../../../src/notifier/mailto/transport.ts';
import type { Outcome } from '../../../src/notifier/notifier.ts';

const rate = { count: 3, perMs: 3_600_000 };
const never = new AbortController().signal;
const mailTo = (...recipients: readonly string[]): Mail => ({
  id: '1',
  sender: '',
  recipients,
  text: '',
});

describe('MailLimit', () => {
  it('lets the first through, counts the rest, and has a summary when the time is over', () => {
    const limit = new MailLimit(rate, [], () => expect.fail('nothing is lost'));
    expect([1, 2, 3].map((at) => limit.reserve(['a'], at))).toEqual([undefined, undefined, undefined]);
    expect(limit.reserve(['a', 'b'], 4)).toBe('a');
    limit.hold('a', 'a@x', 4);
    limit.hold('a', 'a@x', 9);
    expect(limit.due(3_600_000)).toEqual([]);
    expect(limit.dueInMs(1)).toBe(3_600_000);
    const [summary = expect.fail('none is due')] = limit.due(3_600_001);
    expect(summary).toEqual({ key: 'a', count: 2, firstAt: 4, lastAt: 9, to: 'a@x' });
    // Until it is told of, nothing may pass it.
    expect(limit.reserve(['a'], 3_600_002)).toBe('a');
    limit.summarised(summary, 3_600_003);
    expect(limit.due(9_000_000)).toEqual([]);
    expect([1, 2].map(() => limit.reserve(['a'], 3_600_004))).toEqual([undefined, undefined]);
    expect(limit.reserve(['a'], 3_600_004)).toBe('a');
  });

  it('keeps what comes while a summary is on its way', () => {
    const limit = new MailLimit(rate, [['a', 0, 3, { count: 5, firstAt: 1, lastAt: 2, to: 'a@x' }]], () => {});
    const [summary = expect.fail('none is due')] = limit.due(4_000_000);
    limit.hold('a', 'a@x', 4_000_001);
    limit.summarised(summary, 4_000_002);
    expect(limit.state(4_000_002)).toEqual([
      ['a', 4_000_002, 1, { count: 1, firstAt: 4_000_001, lastAt: 4_000_001, to: 'a@x' }],
    ]);
  });

  it('never lets more through than the limit, and never loses one, whatever the times', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000_000), { maxLength: 60 }), (gaps) => {
        const limit = new MailLimit(rate, [], () => expect.fail('nothing is lost'));
        const [sent, held] = [[] as number[], [] as number[]];
        let told = 0;
        let now = 0;
        const tell = (): void => {
          for (const summary of limit.due(now)) {
            told += summary.count;
            sent.push(now);
            limit.summarised(summary, now);
          }
        };
        for (const gap of gaps) {
          now += gap;
          tell();
          if (limit.reserve(['a'], now) === undefined) sent.push(now);
          else {
            held.push(now);
            limit.hold('a', 'a@x', now);
          }
        }
        now += rate.perMs;
        tell();
        expect(told).toBe(held.length);
        expect(sent.length + held.length).toBeGreaterThanOrEqual(gaps.length);
      }),
    );
  });

  it('has room for so many and says what it cannot tell of any more', () => {
    const lost: Held[] = [];
    const limit = new MailLimit(rate, [], (held) => lost.push(held));
    for (let n = 0; n < 20_000; n += 1) {
      limit.reserve([`key ${n} ${'x'.repeat(1000)}`], n);
      if (n < 10_000) limit.hold(`key ${n} ${'x'.repeat(1000)}`, 'a@x', n);
    }
    expect(limit.state(20_000)).toHaveLength(10_000);
    expect(JSON.stringify(limit.state(20_000)).length).toBeLessThan(5_000_000);
    expect(lost).toHaveLength(10_000 - limit.state(20_000).filter(([, , , held]) => held !== null).length);
  });
});

describe('the limiter', () => {
  let directory: string;
  let now: number;
  let outcome: Outcome;
  let sent: Mail[];
  const open = (): Limiter =>
    openLimiter({
      rate,
      option: 'm_mailto_limit',
      file: join(directory, 'limit'),
      log: { warn: () => {} },
      now: () => now,
      send: async (mail) => {
        sent.push(mail);
        return outcome;
      },
      attemptTimeoutMs: 60_000,
      summarise: async ({ count, to }) => ({ ...mailTo(to), id: `summary of ${count}` }),
    });
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    directory = mkdtempSync(join(tmpdir(), 'belfry-limit-'));
    now = 1_000_000;
    outcome = { status: 'delivered' };
    sent = [];
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(directory, { recursive: true });
  });

  it('answers filtered with the option for what is held, and tells of it once, also after a restart', async () => {
    const first = open();
    for (let n = 0; n < 3; n += 1) expect(await first.send(mailTo('a@x'), undefined, never)).toEqual(outcome);
    const held = {
      status: 'filtered',
      option: 'm_mailto_limit',
      detail: 'the limit for a@x is reached; the next summary mail will count this notification',
    };
    for (let n = 0; n < 4; n += 1)
      expect(await first.send(mailTo('A@x'), undefined, never)).toMatchObject({ ...held, detail: expect.any(String) });
    // Another recipient is not concerned, and of a mail to both one gets it.
    expect(await first.send(mailTo('a@x', 'b@x'), undefined, never)).toEqual(outcome);
    expect(sent.at(-1)?.recipients).toEqual(['b@x']);
    // No close: as if the process had been killed.
    now += rate.perMs;
    const second = open();
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.waitFor(() => expect(sent.at(-1)).toMatchObject({ id: 'summary of 5', recipients: ['A@x'] }));
    await second.close();
    const third = open();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await third.send(mailTo('a@x'), undefined, never)).toEqual(outcome);
    await third.close();
    expect(sent.filter(({ id }) => id.startsWith('summary'))).toHaveLength(1);
  });

  it('counts a user’s script however many recipients it names', async () => {
    const limiter = open();
    for (let n = 0; n < 3; n += 1) expect(await limiter.send(mailTo(`${n}@x`), 'john', never)).toEqual(outcome);
    expect(await limiter.send(mailTo('4@x'), 'john', never)).toMatchObject({
      status: 'filtered',
      option: 'm_mailto_limit',
    });
    expect(await limiter.send(mailTo('4@x'), 'jane', never)).toEqual(outcome);
    await limiter.close();
  });

  it('counts no mail that did not go out', async () => {
    const limiter = open();
    outcome = { status: 'retry', reason: 'down' };
    for (let n = 0; n < 10; n += 1) expect(await limiter.send(mailTo('a@x'), 'john', never)).toEqual(outcome);
    outcome = { status: 'delivered' };
    for (let n = 0; n < 3; n += 1) expect(await limiter.send(mailTo('a@x'), 'john', never)).toEqual(outcome);
    await limiter.close();
  });
});
