import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, nearest, nearestFew } from '../../src/option/nearest.ts';

describe('nearest', () => {
  const known = ['event_groups', 'event_notifier', 'notifysocket', 'sendmail'];

  it.each([
    ['event_grups', 'event_groups'],
    ['event_gruops', 'event_groups'],
    ['EVENT_GROUPS', 'event_groups'],
    ['notifysockets', 'notifysocket'],
    ['send_mail', 'sendmail'],
  ])('finds what %s stands for', (word, meant) => expect(nearest(word, known)).toBe(meant));

  it.each(['postmaster', 'x', '', 'events', 'a'.repeat(10_000)])('finds nothing for "%s"', (word) =>
    expect(nearest(word, known)).toBeUndefined(),
  );

  it('prefers the nearer one, then the earlier one', () => {
    expect(nearest('abcd', ['abxy', 'abcx', 'abce'])).toBe('abcx');
  });

  it('knows the same words in another order, and takes no short word for a long one', () => {
    const names = ['message', 'mailbox', 'MessageNew', 'MailboxCreate'];
    expect(nearest('NewMessage', names)).toBe('MessageNew');
    expect(nearest('create_mailbox', names)).toBe('MailboxCreate');
    expect(nearest('messages-of', ['message'])).toBeUndefined();
  });

  it('finds several, the best one first', () => {
    expect(nearestFew('abcd', ['abxy', 'abcx', 'abcd', 'abce'], 3)).toEqual(['abcd', 'abcx', 'abce']);
    expect(nearestFew('abcd', ['abxy', 'abce', 'abcd'], 2)).toEqual(['abcd', 'abce']);
  });
});

/** The recursive definition, without limit and without tables. */
function simple(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  const found = [simple(restA, b) + 1, simple(a, restB) + 1, simple(restA, restB) + (a[0] === b[0] ? 0 : 1)];
  if (a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]) found.push(simple(a.slice(2), b.slice(2)) + 1);
  return Math.min(...found);
}

it('measures the optimal string alignment distance, and stops above the limit', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });
  fc.assert(
    fc.property(word, word, fc.nat({ max: 6 }), (a, b, limit) => {
      const exact = simple(a, b);
      const measured = distance(a, b, limit);
      if (exact <= limit) expect(measured).toBe(exact);
      else expect(measured).toBeGreaterThan(limit);
    }),
    { numRuns: 300 },
  );
});
