/** The decision about an entry as dispatch takes it: what cannot be examined is a dead letter, and nobody waits for it. */
import { messageOf } from '../base/error.ts';
import type { Entry } from '../base/request.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { Recipient } from './recipient.ts';
import type { Suspicion } from './suspicion.ts';

/** Never throws: what `route` throws is a defect that concerns this entry. */
export function decide(recipient: Recipient, entry: Entry, suspicion: Pick<Suspicion, 'verdictOn'>): Route | Unusable {
  try {
    const route = recipient.route(entry);
    const guilty = route.kind === 'deliver' ? suspicion.verdictOn(entry.position) : undefined;
    return guilty === undefined ? route : { kind: 'unusable', reason: guilty };
  } catch (thrown) {
    return { kind: 'unusable', reason: `examining it failed, which is a defect: ${messageOf(thrown)}` };
  }
}

/** A lane of its own. */
export function laneAlone({ position }: Pick<Entry, 'position'>): string {
  return `#${position}`;
}
