/** For `NAME_unless_read`: the new messages that are held back, by mailbox, so that one that is read can be found. In memory alone. */
import type { Entry, Position } from '../../base/request.ts';
import type { Messages } from '../../examine/messages.ts';

/** So many entries are held back; what comes beyond goes at once. */
const mostEntries = 65_536;
/** An entry that names more messages than these goes at once. */
const mostUids = 1000;

const newMessages = new Set(['MessageNew', 'MessageAppend']);
const ofReadMessages = new Set(['MessageRead', 'MessageTrash', 'MessageExpunge']);

type Named = Pick<Entry, 'position' | 'id'>;

interface Held extends Named {
  readonly uidvalidity: number | undefined;
  /** Those that are not read. */
  readonly uids: Set<number>;
}

export class HeldMessages {
  readonly #mailboxes = new Map<string, Map<Position, Held>>();
  #count = 0;

  /** Holds back what announces new messages. Answers whether it does: other events it leaves alone, and there is a limit. */
  add({ position, id }: Named, { event, mailbox, uidvalidity, uids }: Messages): boolean {
    if (!newMessages.has(event) || this.#count >= mostEntries) return false;
    const count = uids.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    if (count === 0 || count > mostUids) return false;
    const each = new Set<number>();
    for (const { first, last } of uids) for (let uid = first; uid <= last; uid += 1) each.add(uid);
    const held = this.#mailboxes.get(mailbox) ?? new Map<Position, Held>();
    this.#mailboxes.set(mailbox, held);
    if (!held.has(position)) this.#count += 1;
    held.set(position, { position, id, uidvalidity, uids: each });
    return true;
  }

  /** Takes out the entries all of whose messages have been read, moved to the trash or expunged, this event included. */
  takeRead({ event, mailbox, uidvalidity, uids }: Messages): readonly Named[] {
    const held = ofReadMessages.has(event) ? this.#mailboxes.get(mailbox) : undefined;
    if (held === undefined) return [];
    const taken: Held[] = [];
    for (const one of held.values()) {
      const isOther = uidvalidity !== undefined && one.uidvalidity !== undefined && uidvalidity !== one.uidvalidity;
      if (isOther) continue;
      for (const uid of one.uids) if (uids.some(({ first, last }) => first <= uid && uid <= last)) one.uids.delete(uid);
      if (one.uids.size === 0) taken.push(one);
    }
    for (const { position } of taken) this.remove(position, mailbox);
    return taken;
  }

  remove(position: Position, mailbox: string): void {
    const held = this.#mailboxes.get(mailbox);
    if (held === undefined || !held.delete(position)) return;
    this.#count -= 1;
    if (held.size === 0) this.#mailboxes.delete(mailbox);
  }

  clear(): void {
    this.#mailboxes.clear();
    this.#count = 0;
  }
}
