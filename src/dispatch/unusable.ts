/** The decision about an entry as dispatch takes it: what cannot be examined is a dead letter, and nobody waits for it. */
import { messageOf } from '../base/error.ts';
import type { Entry } from '../base/request.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { AttemptRecord, DeadLetter } from '../spool/spool.ts';
import type { Recipient } from './recipient.ts';
import type { Suspicion } from './suspicion.ts';

/** Never throws: what `route` throws is a defect that concerns this entry. `isNew`: it was not deferred before. */
export function decide(
  recipient: Recipient,
  entry: Entry,
  suspicion: Pick<Suspicion, 'verdictOn'>,
  isNew = false,
): Route | Unusable {
  try {
    if (isNew) recipient.recognise?.(entry);
    const route = recipient.route(entry);
    const guilty = route.kind === 'deliver' ? suspicion.verdictOn(entry.position) : undefined;
    return guilty === undefined ? route : { kind: 'unusable', reason: guilty };
  } catch (thrown) {
    return { kind: 'unusable', reason: `examining it failed, which is a bug: ${messageOf(thrown)}` };
  }
}

/** A lane of its own. */
export function laneAlone({ position }: Pick<Entry, 'position'>): string {
  return `#${position}`;
}

/** A letter without a further attempt. Of a flood most are not kept, so what it says is worked out when it is asked for. */
export class UnusableLetter implements DeadLetter {
  readonly entry: Entry;
  readonly at: number;
  readonly attempts: readonly AttemptRecord[];
  readonly #route: Unusable;

  constructor(entry: Entry, route: Unusable, at: number, attempts: readonly AttemptRecord[] = []) {
    this.entry = entry;
    this.at = at;
    this.attempts = attempts;
    this.#route = route;
  }

  get lane(): string {
    return laneAlone(this.entry);
  }

  get reason(): string {
    return this.#route.reason;
  }
}
