/** The digest through the whole method: one mail for the events of a call, whatever becomes of it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mailto } from '../../../src/notifier/mailto.ts';
import type { Delivery, Notification, Outcome } from '../../../src/notifier/notifier.ts';
import { openMethod, testServices } from '../open-method.ts';
import { eventNotification, requestNotification } from '../samples.ts';
import { type FakeSendmail, fakeSendmail } from './fake-sendmail.ts';

const never = new AbortController().signal;
let peer: FakeSendmail;
beforeEach(() => {
  peer = fakeSendmail();
});
afterEach(() => peer.dispose());

const options = { to: '{user}', domain: 'example.org', digest: '1h' };
async function tell(
  notifications: readonly Notification[],
  more: Readonly<Record<string, string>> = {},
): Promise<readonly Outcome[]> {
  const notifier = await openMethod(mailto, { sendmail: peer.program, ...options, ...more }, testServices());
  try {
    const deliveries: readonly Delivery[] = notifications.map((notification) => ({
      notification,
      attempt: 1,
      lane: '',
    }));
    return await notifier.notify(deliveries, never);
  } finally {
    await notifier.close();
  }
}
const event = (id: string, user = 'jane') => eventNotification(id, { event: 'MessageNew', user });
const statuses = (outcomes: readonly Outcome[]) => outcomes.map(({ status }) => status);

it('sends one mail for all of a user, and none about what nobody is to get', async () => {
  const outcomes = await tell([event('01-a'), event('01-b', ''), event('01-c')]);
  expect(statuses(outcomes)).toEqual(['delivered', 'filtered', 'delivered']);
  expect(peer.runs()).toBe(1);
  expect(peer.argv().at(-1)).toBe('jane@example.org');
  expect(peer.mail().header('Subject')).toMatch(/^2 .*jane$/);
  expect(peer.mail().header('Auto-Submitted')).toBe('auto-generated');
});

it('sends a mail for each set of recipients, and a Sieve notification by itself', async () => {
  const sieve = requestNotification('01-c', {
    ...{ class: 'SIEVE', method: 'mailto', options: ['bob@elsewhere.example'], message: 'You have mail\n' },
  });
  expect(statuses(await tell([event('01-a'), event('01-b', 'john'), sieve, event('01-d')]))).toEqual(
    Array.from({ length: 4 }, () => 'delivered'),
  );
  expect(peer.runs()).toBe(3);
});

it('tries all of it again, and nothing after it is sent', async () => {
  peer.behave('exit 75');
  const outcomes = await tell([event('01-a'), event('01-b', 'john'), event('01-c')]);
  expect(statuses(outcomes)).toEqual(['retry', 'retry', 'retry']);
  expect(peer.runs()).toBe(1);
});

it('makes all of it dead letters when nobody knows whether it was sent', async () => {
  peer.behave('kill -9 $$');
  expect(statuses(await tell([event('01-a'), event('01-b')]))).toEqual(['rejected', 'rejected']);
});

it('counts as one mail for mailto_limit', async () => {
  const outcomes = await tell([event('01-a'), event('01-b'), event('01-c')], { limit: '1/1h' });
  expect(statuses(outcomes)).toEqual(['delivered', 'delivered', 'delivered']);
});
