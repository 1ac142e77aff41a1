/** What the notifiers of brokers have in common: the order of lanes, the window of what is not confirmed, addresses. */
import { describe, expect, it } from 'vitest';
import { byLane } from '../../../src/notifier/broker/by-lane.ts';
import { serverAddress } from '../../../src/notifier/broker/server-address.ts';
import { windowOf } from '../../../src/notifier/broker/window.ts';
import { outcomeOf } from '../../../src/notifier/mqtt/reason-code.ts';
import type { Outcome } from '../../../src/notifier/notifier.ts';
import { eventNotification } from '../samples.ts';

const delivery = (id: string, lane: string) => ({ notification: eventNotification(id), attempt: 1, lane });

describe('deliveries by lane', () => {
  it('are in order in a lane, which ends with one that is to be tried again', async () => {
    const attempted: string[] = [];
    const all = [delivery('1', 'a'), delivery('2', 'b'), delivery('3', 'a'), delivery('4', 'a'), delivery('5', 'b')];
    const outcomes = await byLane(all, async ({ notification: { id } }): Promise<Outcome> => {
      attempted.push(id);
      await Promise.resolve();
      if (id === '3') return { status: 'retry', reason: 'later' };
      return id === '2' ? { status: 'rejected', reason: 'never' } : { status: 'delivered' };
    });
    expect(outcomes.map(({ status }) => status)).toEqual(['delivered', 'rejected', 'retry', 'retry', 'delivered']);
    expect(attempted).toEqual(['1', '2', '3', '5']);
  });
});

describe('a window', () => {
  it('lets in as many as it has room for, in order, and refuses all when it fails', async () => {
    const window = windowOf(1);
    const entered: number[] = [];
    await window.enter();
    const waiting = [1, 2, 3].map((number) => window.enter().then(() => entered.push(number)));
    window.leave();
    await waiting[0];
    expect(entered).toEqual([1]);
    window.fail(new Error('gone'));
    const settled = await Promise.allSettled([...waiting, window.enter()]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
  });
});

describe('the address of a broker', () => {
  const parse = serverAddress({ plain: ['mqtt', 1883], encrypted: ['mqtts', 8883] });

  it.each([
    ['mqtt://127.0.0.1', { name: 'mqtt://127.0.0.1:1883', host: '127.0.0.1', port: 1883, encrypts: false }],
    ['MQTTS://[::1]:80/', { name: 'mqtts://[::1]:80', host: '::1', port: 80, encrypts: true }],
  ])('%s', (written, value) => {
    expect(parse(written)).toEqual({ value });
  });

  it.each([
    '',
    'mqtt:',
    'mqtt://',
    'tcp://h',
    'mqtt://u:hush@h',
    'mqtt://h/hush',
    'mqtt://h:0',
    'mqtt://h:99999',
    'mqtt://{h}',
  ])('no address, and nothing of it is shown: %j', (written) => {
    const parsed = parse(written);
    expect(parsed).toHaveProperty('wrong');
    expect(JSON.stringify(parsed)).not.toContain('hush');
  });
});

it.each([
  ['delivered', [0, 16]],
  ['retry', [128, 131, 135, 145, 151]],
  ['rejected', [144, 149, 153]],
] as const)('a PUBACK means %s with the reason codes %o', (status, codes) => {
  for (const code of codes) expect(outcomeOf(code, 'mqtt://h').status).toBe(status);
});
