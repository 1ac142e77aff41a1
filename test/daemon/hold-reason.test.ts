/** `belfry explain` says what may hold an event back before it is delivered. */
import { expect, it } from 'vitest';
import { explainer } from '../../src/examine/explain.ts';
import type { FilterReason } from '../../src/filter/filter.ts';
import { rulesOf } from '../examine/rules.ts';

const uri = 'imap://h/user/john;UIDVALIDITY=5';
const about: Readonly<Record<string, object>> = {
  MessageNew: { uri: `${uri}/;UID=7` },
  MessageRead: { uri, uidset: '7' },
};

async function heldBy(event: string, ...options: readonly string[]): Promise<FilterReason | undefined> {
  const text = [
    'notifiers: a',
    'a_method: mailto',
    'a_mailto_to: a@example.org',
    'event_groups: message flags',
    ...options,
    '',
  ].join('\n');
  const { parts, choosers } = await rulesOf(text);

  const bytes = Buffer.from(JSON.stringify({ event, ...about[event], user: 'john' }));
  const [first] = explainer(parts, choosers)({ format: 'datagram', bytes }).notifiers;
  expect(first).toMatchObject({ notifier: 'a', delivers: true });
  return first?.held;
}

it.each<[string, readonly string[], string | undefined, RegExp]>([
  ['MessageNew', [], undefined, /^/],
  ['MessageNew', ['a_throttle: 1/1m'], 'a_throttle', /mailbox in 1m/],
  ['MessageNew', ['a_throttle: 3/1m', 'a_throttle_by: user'], 'a_throttle', /3 of its user in 1m/],
  ['MessageNew', ['a_debounce: 10s'], 'a_debounce', /10s/],
  ['MessageNew', ['a_unless_read: 30s'], 'a_unless_read', /30s/],
  ['MessageRead', ['a_unless_read: 30s'], undefined, /^/],
  ['MessageRead', ['a_unless_read: 30s', 'a_throttle: 1/1m'], 'a_throttle', /1m/],
  ['MessageNew', ['a_mailto_digest: 1h'], 'a_mailto_digest', /1h/],
])('%s with %j: %s', async (event, options, option, detail) => {
  const held = await heldBy(event, ...options);
  expect(held?.option).toBe(option);
  if (held !== undefined) expect(held.detail).toMatch(detail);
});
