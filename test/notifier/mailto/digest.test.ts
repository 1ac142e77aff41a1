/** The digest: when an interval ends, and what one mail says of many events. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOwnMessageId, messageIdOf } from '../../../src/notifier/mailto/automatic-mail.ts';
import {
  type DigestPart,
  draftDigest,
  endOfInterval,
  idOfDigest,
  mostEvents,
} from '../../../src/notifier/mailto/digest.ts';
import { standingFor } from '../../../src/notifier/standing-for.ts';
import { eventNotification } from '../samples.ts';

function part(id: string, subject: string): DigestPart {
  const from = { name: '', address: 'postmaster@example.org' };
  const draft = { from, to: ['jane@example.org'], cc: [], subject, body: `body of ${id}`, headers: new Map() };
  return { notification: eventNotification(id, { user: 'jane' }), draft };
}
function parts(count: number): readonly [DigestPart, ...DigestPart[]] {
  return [
    part('01-0', 'subject 0'),
    ...Array.from({ length: count - 1 }, (_, i) => part(`01-${i + 1}`, `subject ${i + 1}`)),
  ];
}

it('an interval ends after each moment in it, as late as it is long at the most, and the next follows at once', () => {
  const times = fc.integer({ min: 0, max: 4e12 });
  fc.assert(
    fc.property(fc.integer({ min: 60_000, max: 7 * 86_400_000 }), fc.string(), times, (interval, key, at) => {
      const end = endOfInterval(interval, key, at);
      expect(end).toBeGreaterThan(at);
      expect(end - at).toBeLessThanOrEqual(interval);
      expect(endOfInterval(interval, key, end - 1)).toBe(end);
      expect(endOfInterval(interval, key, end)).toBe(end + interval);
    }),
  );
});

it('the mails of users are spread', () => {
  const ends = new Set(Array.from({ length: 100 }, (_, i) => endOfInterval(3_600_000, `user u${i}`, 1e12)));
  expect(ends.size).toBeGreaterThan(95);
});

describe('the mail', () => {
  it('of one event is the mail of that event', () => {
    const only = parts(1);
    expect(draftDigest(only)).toBe(only[0].draft);
    expect(idOfDigest(only)).toBe('01-0');
  });

  it('has a line for each event, and says how many more there are', () => {
    const { body, subject, to } = draftDigest(parts(3));
    expect(to).toEqual(['jane@example.org']);
    expect(subject).toMatch(/^3 .*jane$/);
    expect(
      body
        .split('\n')
        .slice(0, 3)
        .map((line) => line.replace(/^[0-9: -]{16} {2}/, '')),
    ).toEqual([...['subject 0', 'subject 1', 'subject 2']]);
    const all = draftDigest(parts(mostEvents));
    expect(all.body).toMatch(/\D800 /);
    expect(all.body.length).toBeLessThan(100_000);
  });

  it('is one line for each event, whatever stands in it', () => {
    const hostile = part('01-a', `a\r\nBcc: x@y\u2028${'w'.repeat(5000)}`);
    const { body } = draftDigest([hostile, part('01-b', 'b')]);
    const [first = '', second = ''] = body.split(/[\r\n\u2028]/);
    expect(first.length).toBeLessThan(300);
    expect(second).toMatch(/ {2}b$/);
  });

  it('says how many events an event stands for', () => {
    const [first, second] = [part('01-a', 'a'), part('01-b', 'b')];
    const notification = standingFor(second.notification, { count: 4, firstReceivedAt: 0 });
    expect(draftDigest([first, { ...second, notification }]).body).toMatch(/b \(4 /);
  });

  it('has an id of its own, the same for the same events, by which belfry knows it as its own', () => {
    expect(idOfDigest(parts(3))).toBe(idOfDigest(parts(3)));
    expect(idOfDigest(parts(3))).not.toBe(idOfDigest(parts(2)));
    expect(isOwnMessageId(messageIdOf(idOfDigest(parts(3)), 'mail', 'h.example'), 'h.example')).toBe(true);
  });
});
