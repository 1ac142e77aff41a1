/** Which entries belong together. */
import type { Entry } from '../base/request.ts';
import type { Examined } from './examine.ts';
import type { Order } from './route.ts';

/** What must stay in order with what. An event without mailbox goes with its user, one without either goes alone. */
export function laneOf(entry: Entry, { request, mailbox, user }: Examined, order: Order): string {
  if (order === 'received') return 'received';
  // A shared mailbox has no owner, and many users act on it: its events stay in one lane.
  if (order === 'mailbox' && mailbox !== undefined) return `${request?.class} ${mailbox.owner ?? ''} ${mailbox.name}`;
  const owner = mailbox?.owner || user;
  if (order !== 'none' && owner !== '') return `user ${owner}`;
  return `#${entry.position}`;
}
