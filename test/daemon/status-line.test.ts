import { describe, expect, it } from 'vitest';
import { statusLine } from '../../src/daemon/status-line.ts';
import type { ConsumerState } from '../../src/spool/spool.ts';

const consumer = (name: string, more: Partial<ConsumerState> = {}): ConsumerState => ({
  ...{ name, origin: 0, cursor: 0, ahead: 0, deferred: 0, dead: 0 },
  tally: { delivered: 0, filtered: 0, dropped: 0, damaged: 0 },
  ...more,
});
const done = (delivered: number) => ({ delivered, filtered: 0, dropped: 0, damaged: 0 });
const now = new Date(2026, 10, 21, 12, 0).getTime();
const morning = new Date(2026, 10, 21, 10, 4).getTime();

describe('the queue in words', () => {
  it('says how many wait for whom, and since when a receiver is away', () => {
    const consumers = [
      consumer('crm', { tally: done(296), origin: 0 }),
      consumer('log', { tally: done(1500) }),
      consumer('audit', { tally: done(1496), dead: 1 }),
    ];
    const methods = new Map([
      ['crm', 'webhook'],
      ['audit', 'log'],
    ]);
    const states = new Map([['crm', { awaySince: morning }]]);
    expect(statusLine({ last: 1500, consumers }, states, methods, now)).toMatch(
      /^webhook crm: 1,204 waiting, circuit breaker .* 10:04; log audit: 3 waiting, 1 dead letter$/,
    );
  });

  it('counts neither what was filtered, dropped, damaged or finished beyond the cursor, nor what came before', () => {
    const tally = { delivered: 4, filtered: 3, dropped: 2, damaged: 1 };
    const consumers = [consumer('crm', { origin: 90, cursor: 91, ahead: 9, tally })];
    expect(statusLine({ last: 100, consumers }, new Map(), new Map(), now)).toBe('all delivered');
    const absence = '/spool has been removed while it was in use';
    expect(statusLine({ last: 100, consumers, absence }, new Map(), new Map(), now)).toMatch(/REFUSED: \/spool has/);
  });

  it('names the day when a receiver has been away for long', () => {
    const states = new Map([['crm', { awaySince: new Date(2026, 10, 19, 9, 5).getTime() }]]);
    const said = statusLine({ last: 0, consumers: [consumer('crm')] }, states, new Map(), now);
    expect(said).toMatch(/^crm: circuit breaker .* 2026-11-19 09:05$/);
  });

  it('stays short with many notifiers', () => {
    const consumers = Array.from({ length: 8 }, (_, i) => consumer(`n${i}`));
    const said = statusLine({ last: 1, consumers }, new Map(), new Map(), now);
    expect(said).toMatch(/^n0: 1 waiting; .*n4: 1 waiting; and 3 more$/);
  });
});
