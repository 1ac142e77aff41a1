/**
 * Holds entries back before they are attempted (`NAME_throttle`, `NAME_debounce`, `NAME_unless_read`), and lets them go: as one with a
 * count, one by one, or not at all. What is held is deferred in a lane of its own (`spool/held-lane.ts`), so that it outlives
 * the process, holds up nothing else, and is in every list and count of what is deferred.
 *
 * What only memory has: what was sent in the present period, so that after a restart the next notification of each mailbox
 * goes at once; and which messages are held, which is read from the spool at the beginning.
 */
import type { Entry, Position } from '../../base/request.ts';
import { type HoldKind, heldLane, holdOf } from '../../spool/held-lane.ts';
import type { LoaderParts } from '../loader.ts';
import type { PendingProgress } from '../pending-progress.ts';
import type { Recipient } from '../recipient.ts';
import { HeldMessages } from './held-messages.ts';
import { ThrottlePeriods } from './throttle-periods.ts';

const pageLength = 256;

export interface Place {
  readonly lane: string;
  readonly dueAt: number;
}

type HoldingParts = Pick<LoaderParts, 'spool' | 'reading' | 'observer' | 'now'>;

export class Holding {
  readonly #recipient: Recipient;
  readonly #parts: HoldingParts;
  readonly #progress: PendingProgress;
  readonly #periods: ThrottlePeriods | undefined;
  readonly #messages: HeldMessages | undefined;
  /** Whether the notifier holds anything back. */
  readonly isAny: boolean;
  #knowsMessages = false;

  constructor(recipient: Recipient, parts: HoldingParts, progress: PendingProgress) {
    const { throttle, unlessReadMs } = recipient.policy.hold ?? {};
    this.#recipient = recipient;
    this.#parts = parts;
    this.#progress = progress;
    this.#periods = throttle && new ThrottlePeriods(throttle);
    this.isAny = recipient.policy.hold !== undefined || recipient.notifier.digest !== undefined;
    this.#messages = unlessReadMs === undefined ? undefined : new HeldMessages();
  }

  /** Whether the configuration still has what holds entries of this kind. */
  holds(kind: HoldKind): boolean {
    const { policy, notifier } = this.#recipient;
    if (kind === 'throttle') return policy.hold?.throttle !== undefined;
    if (kind === 'debounce') return policy.hold?.debounceMs !== undefined;
    return kind === 'digest' ? notifier.digest !== undefined : policy.hold?.unlessReadMs !== undefined;
  }

  /** Others have changed what is deferred. */
  forget(): void {
    this.#knowsMessages = false;
  }

  /** Finds out what `place` and `see` need to know of these entries. */
  async prepare(entries: readonly Entry[]): Promise<void> {
    await this.#findMessages();
    const periods = this.#periods;
    if (periods === undefined) return;
    const keys = entries.flatMap((entry) => this.#recipient.together?.(entry) ?? []);
    const unknown = [...new Set(keys)].filter((key) => !periods.isKnown(key));
    if (unknown.length === 0) return;
    const lanes = unknown.map((key) => heldLane('throttle', key));
    const found = await this.#parts.spool.deferredIn(this.#recipient.name, lanes);
    for (const key of unknown) {
      if ((found.get(heldLane('throttle', key)) ?? 0) > 0) periods.leftOver(key, this.#parts.now());
    }
  }

  /** An entry that is new to the notifier, whatever becomes of it: messages that it says were read are not delivered any more. */
  see(entry: Entry): void {
    const messages = this.#messages && this.#recipient.messages?.(entry);
    if (messages === undefined) return;
    const { name } = this.#recipient;
    const reason = { option: `${name}_unless_read`, detail: `${messages.event} came first` };
    const at = this.#parts.now();
    for (const { position, id } of this.#messages?.takeRead(messages) ?? []) {
      const lane = this.#progress.lanes.find(messageLane(messages.mailbox, position));
      this.#progress.deferred.filtered(lane, position, reason, at);
      this.#parts.observer.filteredWhileHeld(name, id, reason);
    }
  }

  /** Where an entry is held back that is to be delivered; undefined where it goes at once. */
  place(entry: Entry): Place | undefined {
    const { unlessReadMs } = this.#recipient.policy.hold ?? {};
    if (this.#messages !== undefined && unlessReadMs !== undefined) {
      const messages = this.#recipient.messages?.(entry);
      if (messages !== undefined && this.#messages.add(entry, messages)) {
        return { lane: messageLane(messages.mailbox, entry.position), dueAt: entry.receivedAt + unlessReadMs };
      }
    }
    return this.placeUnread(entry);
  }

  /** The same for a message that has not been read in time. */
  placeUnread(entry: Entry): Place | undefined {
    const { policy, notifier, together } = this.#recipient;
    const key = together?.(entry);
    if (key === undefined) return undefined;
    const { debounceMs } = policy.hold ?? {};
    if (debounceMs !== undefined) return { lane: heldLane('debounce', key), dueAt: entry.receivedAt + debounceMs };
    if (this.#periods !== undefined) {
      const dueAt = this.#periods.take(key, this.#parts.now());
      return dueAt === undefined ? undefined : { lane: heldLane('throttle', key), dueAt };
    }
    if (notifier.digest === undefined) return undefined;
    return { lane: heldLane('digest', key), dueAt: notifier.digest.endAfter(key, entry.receivedAt) };
  }

  /** All that was held with this key has been let go, as one or none. */
  released(kind: HoldKind, key: string, sent: 0 | 1): void {
    if (kind === 'throttle') this.#periods?.released(key, this.#parts.now(), sent);
  }

  /** A message is not held any more. `key`: of its lane. */
  releasedMessage(position: Position, key: string): void {
    this.#messages?.remove(position, key.slice(0, key.lastIndexOf(' ')));
  }

  async #findMessages(): Promise<void> {
    const messages = this.#messages;
    if (messages === undefined || this.#knowsMessages) return;
    messages.clear();
    const { spool, reading } = this.#parts;
    for (let from = 0; ; ) {
      const page = await spool.deferred(this.#recipient.name, from, pageLength);
      for (const { position, lane } of page) {
        if (holdOf(lane)?.kind !== 'unless_read') continue;
        const entry = await reading.get(position);
        const named = entry && this.#recipient.messages?.(entry);
        if (entry !== undefined && named !== undefined) messages.add(entry, named);
      }
      const last = page.at(-1);
      if (last === undefined) break;
      from = last.position;
    }
    this.#knowsMessages = true;
  }
}

/** Each message is held by itself. */
function messageLane(mailbox: string, position: Position): string {
  return heldLane('unless_read', `${mailbox} ${position}`);
}
