/** The options that hold events back, and which of them contradict each other. */
import { expect, it } from 'vitest';
import { load } from './fixture.ts';

const crm = ['notifiers: crm', 'crm_method: webhook', 'crm_webhook_url: https://crm.example.org/'];
const holdOf = (...lines: readonly string[]) => load([...crm, ...lines]).configuration?.notifiers[0]?.dispatch.hold;
const placesOf = (...lines: readonly string[]) =>
  load([...crm, ...lines]).problems.map(({ severity, line, option }) => `${severity} ${line} ${option}`);

it('are those of the notifier, or of all', () => {
  expect(holdOf('throttle: 3/10m', 'crm_throttle_by: user')).toEqual({
    by: 'user',
    throttle: { count: 3, perMs: 600_000 },
  });
  expect(holdOf('crm_debounce: 10s', 'unless_read: 30s')).toEqual({
    by: 'mailbox',
    debounceMs: 10_000,
    unlessReadMs: 30_000,
  });
  expect(holdOf('throttle_by: user')).toBeUndefined();
});

it('cannot all be used together, which is said at the line', () => {
  expect(placesOf('crm_throttle: 1/1m', 'crm_debounce: 10s')).toEqual(['error 5 crm_debounce']);
  expect(placesOf('unless_read: 10s', 'crm_order: received')).toEqual(['error 4 unless_read']);
  expect(placesOf('crm_order: received', 'crm_throttle: 1/1m', 'crm_unless_read: 5s')).toEqual([
    'error 5 crm_throttle',
  ]);
});

it('take no value beyond their limits', () => {
  for (const line of ['crm_throttle: 0/1m', 'crm_throttle: 1/2d', 'crm_debounce: 0', 'crm_unless_read: 25h']) {
    expect(placesOf(line)).toEqual([`error 4 ${line.split(':')[0]}`]);
  }
  expect(placesOf('crm_throttle: 999999999/1d', 'crm_unless_read: 24h')).toEqual([]);
});
