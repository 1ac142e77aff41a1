/** Remembers what runs of Sieve scripts have sent, so that nobody gets the same notification twice from one run. */
import { createHash } from 'node:crypto';
import { BoundedMap, bytesOfText } from '../../base/bounded-map.ts';
import type { Notification } from '../notifier.ts';

/** A run takes moments: its notifications come one after the other. */
const memory = { entries: 1000, bytes: 1024 * 1024 };

/**
 * RFC 5436 §2.7: no duplicates to the same address from the same invocation of a script. An invocation is known by the message
 * (`fname`, which Cyrus makes anew for each) and the user; what Cyrus sends without `fname` is never a duplicate.
 */
export class SentByScript {
  readonly #ids = new BoundedMap<string>(memory, bytesOfText);

  /** Whether another notification like this one has been sent. */
  has(notification: Notification): boolean {
    const key = keyOf(notification);
    const id = key === undefined ? undefined : this.#ids.get(key);
    return id !== undefined && id !== notification.id;
  }

  add(notification: Notification): void {
    const key = keyOf(notification);
    if (key !== undefined) this.#ids.set(key, notification.id);
  }
}

function keyOf({ fname, user, method, options, message }: Notification): string | undefined {
  if (fname === undefined || fname === '') return undefined;
  return createHash('sha256')
    .update(JSON.stringify([fname, user, method, options, message]))
    .digest('base64');
}
