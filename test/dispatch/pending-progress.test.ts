import { expect, it } from 'vitest';
import type { Lane } from '../../src/dispatch/lane.ts';
import { PendingProgress } from '../../src/dispatch/pending-progress.ts';
import type { Notification } from '../../src/notifier/notifier.ts';

it('keeps nothing more of the spool in memory than the requests of the entries that are in lanes', () => {
  const chunk = Buffer.alloc(100_000, 'x');
  const progress = new PendingProgress({ cursor: 0, deferred: 1 });
  const lane: Lane = { key: 'a', queue: [], underWay: [], deferred: 0 };
  const about = { class: '', method: '', priority: '', user: '', mailbox: '', options: [], message: '', payload: {} };
  for (const position of [1, 2]) {
    const request = { format: 'event', bytes: chunk.subarray(position, position + 10) } as const;
    const entry = { position, id: `ID${position}`, receivedAt: 0, request };
    const notification: Notification = { id: entry.id, receivedAt: 0, ...about };
    if (position === 1) progress.begin(lane, entry, notification, false);
    else progress.resume(lane, entry, notification, { position, lane: 'a', dueAt: 0, attempts: [] });
  }
  const kept = lane.queue.map(({ entry }) => entry.request.bytes);
  expect(kept.map(({ byteLength, buffer }) => [byteLength, buffer.byteLength])).toEqual([
    [10, 10],
    [10, 10],
  ]);
});
