/** Lets go what is held back once its time has come. */
import type { Coalesced } from '../../base/coalesced.ts';
import type { Entry } from '../../base/request.ts';
import type { Delivered } from '../../examine/route.ts';
import { type HoldKind, holdOf } from '../../spool/held-lane.ts';
import type { Deferral } from '../../spool/spool.ts';
import type { DueEntry } from '../due-loader.ts';
import type { LoaderParts } from '../loader.ts';
import type { PendingProgress } from '../pending-progress.ts';
import type { Recipient } from '../recipient.ts';
import type { Holding } from './holding.ts';

/** Entries that one step lets go or coalesces. */
const pageLength = 256;
/** However busy a mailbox is, it is told of after so many times `NAME_debounce`. */
const longestDebounce = 10;

export class Release {
  readonly #recipient: Recipient;
  readonly #parts: LoaderParts;
  readonly #progress: PendingProgress;
  readonly #holding: Holding;
  /** Reads an entry that is deferred, and settles it where it is not to be delivered. */
  readonly #take: (deferral: Deferral) => Promise<DueEntry | undefined>;
  /** What was moved to each lane since the last commit, which the spool does not know of yet. */
  #moved = new Map<string, number>();
  /** Everything that was received until then has been read. */
  #readThrough = 0;
  #waits = false;

  constructor(
    recipient: Recipient,
    parts: LoaderParts,
    progress: PendingProgress,
    holding: Holding,
    take: (deferral: Deferral) => Promise<DueEntry | undefined>,
  ) {
    this.#recipient = recipient;
    this.#parts = parts;
    this.#progress = progress;
    this.#holding = holding;
    this.#take = take;
  }

  /** All progress is committed. */
  begin(): void {
    if (this.#moved.size > 0) this.#moved = new Map();
  }

  /** How many entries a lane has got since then. */
  movedTo(lane: string): number {
    return this.#moved.get(lane) ?? 0;
  }

  /** Everything that was received until then has been read: nothing that is due by then has to wait for what may belong to it. */
  readThrough(at: number): void {
    this.#readThrough = Math.max(this.#readThrough, at);
    if (!this.#waits) return;
    this.#waits = false;
    this.#parts.wake();
  }

  /** The lane of `head`, which is due. Answers whether it is one of entries that are held back; a digest is delivered as it is. */
  async release(head: Deferral): Promise<boolean> {
    const hold = holdOf(head.lane);
    if (hold === undefined) return false;
    const { kind, key } = hold;
    const isWanted = this.#holding.holds(kind);
    if (isWanted && head.dueAt > this.#readThrough) {
      this.#waits = true;
      return true;
    }
    if (isWanted && kind === 'digest') return false;
    const page = await this.#parts.spool.lane(this.#recipient.name, head.lane, pageLength);
    if (isWanted && kind !== 'unless_read') await this.#coalesce(kind, key, page);
    else for (const deferral of page) await this.#letGo(deferral, key);
    this.#parts.wake();
    return true;
  }

  /** One by one: a message that has not been read, or what nothing holds back any more. */
  async #letGo(deferral: Deferral, key: string): Promise<void> {
    this.#holding.releasedMessage(deferral.position, key);
    const found = await this.#take(deferral);
    if (found === undefined) return;
    await this.#holding.prepare([found.entry]);
    const next = this.#holding.placeUnread(found.entry);
    this.#move(deferral, next ?? this.#now(found.route), deferral.coalesced);
  }

  /** The last of the page that is to be delivered stands for all before it. */
  async #coalesce(kind: HoldKind, key: string, page: readonly Deferral[]): Promise<void> {
    const isWhole = page.length < pageLength;
    if (kind === 'debounce' && isWhole && (await this.#isRenewed(page))) return;
    const left = [...page];
    let found: DueEntry | undefined;
    while (found === undefined) {
      const last = left.pop();
      if (last === undefined) {
        if (isWhole) this.#holding.released(kind, key, 0);
        return;
      }
      found = await this.#take(last);
      if (found === undefined) continue;
      const coalesced = await this.#sum([...left, last], found.entry);
      const at = this.#parts.now();
      for (const one of left) this.#progress.deferred.coalesced(one, at, found.entry.id);
      if (left.length > 0) this.#parts.observer.coalesced(this.#recipient.name, found.entry, left.length + 1);
      // Where more follow, it is the first of these.
      const to = isWhole ? this.#now(found.route) : { lane: last.lane, dueAt: page[0]?.dueAt ?? 0 };
      this.#move(last, to, coalesced);
      if (isWhole) this.#holding.released(kind, key, 1);
    }
  }

  /** Whether entries have come lately, so that they wait on. */
  async #isRenewed(page: readonly Deferral[]): Promise<boolean> {
    const { debounceMs = 0 } = this.#recipient.policy.hold ?? {};
    const [head, last] = [page[0], page.at(-1)];
    if (head === undefined || last === undefined) return false;
    const { reading, now } = this.#parts;
    const [first, newest] = [await reading.get(head.position), await reading.get(last.position)];
    if (first === undefined || newest === undefined) return false;
    // `queue retry` says so.
    if (head.dueAt <= first.receivedAt) return false;
    const firstAt = head.coalesced?.firstReceivedAt ?? first.receivedAt;
    const dueAt = Math.min(newest.receivedAt + debounceMs, firstAt + longestDebounce * debounceMs);
    if (dueAt <= now()) return false;
    this.#progress.deferred.move(head, { ...head, dueAt });
    return true;
  }

  async #sum(page: readonly Deferral[], last: Entry): Promise<Coalesced | undefined> {
    const count = page.reduce((sum, { coalesced }) => sum + (coalesced?.count ?? 1), 0);
    const [head] = page;
    if (count === 1 || head === undefined) return undefined;
    const first = head.coalesced ?? (await this.#parts.reading.get(head.position));
    const firstReceivedAt =
      first === undefined ? last.receivedAt : 'count' in first ? first.firstReceivedAt : first.receivedAt;
    return { count, firstReceivedAt };
  }

  #now({ lane }: Delivered): { readonly lane: string; readonly dueAt: number } {
    return { lane, dueAt: this.#parts.now() };
  }

  #move(before: Deferral, to: { readonly lane: string; readonly dueAt: number }, coalesced?: Coalesced): void {
    const { position } = before;
    this.#progress.deferred.move(before, {
      position,
      ...to,
      attempts: [],
      ...(coalesced === undefined ? {} : { coalesced }),
    });
    if (to.lane !== before.lane) this.#moved.set(to.lane, this.movedTo(to.lane) + 1);
  }
}
