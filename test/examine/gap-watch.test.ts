import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailEvent } from '../../src/base/event.ts';
import { GapWatch } from '../../src/examine/gap-watch.ts';

const arrival = (uid: number, mailbox = 'user/john', validity = 7): MailEvent => ({
  event: 'MessageNew',
  uri: `imap://h/${mailbox};UIDVALIDITY=${validity}/;UID=${uid}`,
});
const copies = (uidset: string): MailEvent => ({
  event: 'vnd.cmu.MessageCopy',
  uri: 'imap://h/user/john;UIDVALIDITY=7',
  uidset,
});

describe('the watch for gaps', () => {
  it('suspects nothing where every message is told of, also in batches', () => {
    const watch = new GapWatch();
    for (const event of [arrival(5), arrival(6), copies('7:20'), arrival(21), arrival(3, 'user/jane')]) {
      expect(watch.see(event)).toEqual([]);
    }
  });

  it('suspects the messages between two arrivals that nobody told of', () => {
    const watch = new GapWatch();
    watch.see(arrival(5));
    expect(watch.see(arrival(9))).toEqual([{ mailbox: 'user/john', first: 6, last: 8, count: 3 }]);
    expect(watch.see(copies('12:13,20'))).toEqual([
      { mailbox: 'user/john', first: 10, last: 11, count: 2 },
      { mailbox: 'user/john', first: 14, last: 19, count: 6 },
    ]);
  });

  it('takes it back when they come a little late', () => {
    const watch = new GapWatch();
    watch.see(arrival(5));
    watch.see(arrival(9));
    expect(watch.see(arrival(7))).toEqual([{ mailbox: 'user/john', first: 7, last: 7, count: -1 }]);
    expect(watch.see(arrival(7))).toEqual([]);
    expect(watch.see(copies('6:8'))).toEqual([
      { mailbox: 'user/john', first: 6, last: 6, count: -1 },
      { mailbox: 'user/john', first: 8, last: 8, count: -1 },
    ]);
  });

  it('begins anew with a new UIDVALIDITY, and does not mind other events', () => {
    const watch = new GapWatch();
    watch.see(arrival(5));
    expect(watch.see(arrival(50, 'user/john', 8))).toEqual([]);
    expect(watch.see({ event: 'FlagsSet', uri: 'imap://h/user/john;UIDVALIDITY=7', uidset: '99' })).toEqual([]);
    expect(watch.see({ event: 'MessageNew', uri: 'nonsense' })).toEqual([]);
    expect(watch.see(copies('9:*'))).toEqual([]);
  });

  it('comes out at what is really missing, in whatever order they arrive', () => {
    const uids = fc.uniqueArray(fc.integer({ min: 2, max: 60 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(uids, (later) => {
        const watch = new GapWatch();
        watch.see(arrival(1));
        const counted = later.flatMap((uid) => watch.see(arrival(uid))).reduce((sum, { count }) => sum + count, 0);
        const missing = Math.max(...later) - 1 - later.length;
        // Only the newest gaps are remembered, so that some that were filled may stay suspected.
        expect(counted).toBeGreaterThanOrEqual(missing);
        const inOrder = new GapWatch();
        inOrder.see(arrival(1));
        const sorted = [...later].sort((a, b) => a - b);
        expect(sorted.flatMap((uid) => inOrder.see(arrival(uid))).reduce((sum, { count }) => sum + count, 0)).toBe(
          missing,
        );
      }),
    );
  });

  it('remembers a few gaps only, also when a late batch divides one into many', () => {
    const watch = new GapWatch();
    watch.see(arrival(1));
    watch.see(arrival(1000));
    const every = Array.from({ length: 100 }, (_, i) => 3 + 2 * i).join();
    expect(watch.see(copies(every)).length).toBeGreaterThan(1);
    // A snapshot with more is refused, and with it all that it remembers.
    expect(new GapWatch().restore(watch.snapshot())).toBe(true);
  });

  it('stays small however many mailboxes there are', () => {
    const watch = new GapWatch();
    watch.see(arrival(1));
    for (let i = 0; i < 10_001; i++) watch.see(arrival(1, `user/u${i}`));
    // Forgotten, so there is nothing to compare with.
    expect(watch.see(arrival(9))).toEqual([]);
  });
});
