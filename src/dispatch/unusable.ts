/** The decision about an entry as dispatch takes it: what cannot be examined is a dead letter, and nobody waits for it. */
import { messageOf } from '../error.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { Entry } from '../request.ts';
import type { Recipient } from './recipient.ts';

/** Never throws: what `route` throws is a defect that concerns this entry. */
export function decide(recipient: Recipient, entry: Entry): Route | Unusable {
  try {
    return recipient.route(entry);
  } catch (thrown) {
    return { kind: 'unusable', reason: `examining it failed, which is a defect: ${messageOf(thrown)}` };
  }
}

/** A lane of its own. */
export function laneAlone({ position }: Pick<Entry, 'position'>): string {
  return `#${position}`;
}
