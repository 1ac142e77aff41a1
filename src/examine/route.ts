/** The decision about one entry for one notifier. */
import type { FilterReason } from '../filter/filter.ts';
import type { Notification } from '../notifier/notifier.ts';

/** What must stay in order: everything as it was received, the events of one mailbox, those of one user, or nothing. */
export type Order = 'received' | 'mailbox' | 'user' | 'none';

export interface Delivered {
  readonly kind: 'deliver';
  readonly notification: Notification;
  readonly lane: string;
}

export type Route = Delivered | { readonly kind: 'filtered'; readonly reason: FilterReason };

/** The entry becomes a dead letter without any attempt. */
export interface Unusable {
  readonly kind: 'unusable';
  readonly reason: string;
}
