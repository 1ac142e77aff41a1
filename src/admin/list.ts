/** Lists what waits, what is deferred and what is dead, a page at a time, and shows all there is to know of one entry. */
import { BelfryError } from '../base/error.ts';
import type { Entry, Position } from '../base/request.ts';
import { parseEntryId } from '../spool/entry-id.ts';
import { type AdminContext, consumersInOrder, deferrals, entries, letters, settledBetween } from './context.ts';
import { ofDeferral, ofLetter, pathOf, subjectOf } from './path-of-entry.ts';
import type { EntryRow, ItemRow, RequestOf } from './protocol.ts';
import { compileQueueSelection } from './selection.ts';

/** An entry with how it stands with one notifier. */
interface Found {
  readonly entry: Entry;
  readonly kind: ItemRow['kind'];
  readonly rest: Pick<ItemRow, 'attempts' | 'dueAt' | 'diedAt' | 'reason'>;
}

/** Names of the notifiers that are meant. Throws BelfryError BAD_INPUT for one that the spool does not know. */
export async function namesMeant(tools: AdminContext, notifier: string | undefined): Promise<readonly string[]> {
  const names = (await consumersInOrder(tools)).map(({ name }) => name);
  if (notifier === undefined) return names;
  if (names.includes(notifier)) return [notifier];
  throw new BelfryError('BAD_INPUT', `unknown notifier "${notifier}"; expected one of ${names.join(' ')}`);
}

type Pages = AsyncGenerator<readonly Found[], void, void>;
type Wanted = Pick<RequestOf<'list'>, 'from' | 'notifier' | 'selection' | 'after'>;

/** All that match, notifier by notifier, dead letters and deferred entries in the order of the spool, then what waits. */
export async function* list(tools: AdminContext, wanted: Wanted): AsyncGenerator<ItemRow, void, void> {
  for await (const { notifier, found } of selected(tools, wanted)) {
    const { entry, kind, rest } = found;
    yield { kind, notifier, ...subjectOf(tools, entry), ...rest };
  }
}

/** How many `list` would answer. */
export async function count(tools: AdminContext, wanted: Wanted): Promise<number> {
  let matching = 0;
  for await (const _ of selected(tools, wanted)) matching++;
  return matching;
}

async function* selected(
  tools: AdminContext,
  { from, notifier: asked, selection, after }: Wanted,
): AsyncGenerator<{ readonly notifier: string; readonly found: Found }, void, void> {
  const selects = compileQueueSelection(selection, tools.about, tools.now());
  const names = await namesMeant(tools, asked);
  const start = after === undefined ? 0 : Math.max(0, names.indexOf(after.notifier));
  for (const notifier of names.slice(start)) {
    const begin = notifier === after?.notifier ? after : undefined;
    const pages = from === 'dead' ? deadLetters(tools, notifier, begin?.position) : queued(tools, notifier, begin);
    for await (const page of pages) {
      for (const found of page) if (selects(found.entry, found.rest)) yield { notifier, found };
    }
  }
}

async function* queued(tools: AdminContext, name: string, after: Wanted['after']): Pages {
  const { spool } = tools;
  const [deferredAfter, waitingAfter] = after?.kind === 'waiting' ? [undefined, after.position] : [after?.position, 0];
  for await (const page of waitingAfter > 0 ? [] : deferrals(tools, name, deferredAfter)) {
    // One after the other: they may be large.
    for (const deferral of page) {
      const entry = await spool.get(deferral.position);
      if (entry !== undefined) yield [{ entry, kind: 'deferred' as const, rest: ofDeferral(deferral) }];
    }
  }
  yield* waiting(tools, name, waitingAfter);
}

async function* waiting(tools: AdminContext, name: string, start: Position): Pages {
  const { spool, lane } = tools;
  const { cursor } = await spool.consumer(name);
  const { last } = await spool.state();
  for await (const page of entries(tools, Math.max(cursor, start))) {
    const [after, to] = [(page[0]?.position ?? 1) - 1, page.at(-1)?.position ?? 0];
    const { kept, finished } = await settledBetween(tools, name, after, to);
    yield page
      .filter(({ position }) => position <= last && !kept.has(position) && !finished.has(position))
      .filter((entry) => lane(name, entry) !== undefined)
      .map((entry) => ({ entry, kind: 'waiting' as const, rest: { attempts: [] } }));
    if (to >= last) return;
  }
}

async function* deadLetters(tools: AdminContext, name: string, after: Position | undefined): Pages {
  for await (const page of letters(tools, name, after)) {
    yield page.map((letter) => ({ entry: letter.entry, kind: 'dead' as const, rest: ofLetter(letter) }));
  }
}

/** Bytes of a request that are shown. */
const shownBytes = 64 * 1024;

/** One entry with how it stands with every notifier. Throws BelfryError BAD_INPUT when there is none of that id. */
export async function show(tools: AdminContext, id: string): Promise<EntryRow> {
  const position = parseEntryId(id)?.position;
  if (position === undefined)
    throw new BelfryError('BAD_INPUT', `"${id}" is not an id; an id has 26 letters and digits`);
  const { entry, notifiers } = await pathOf(tools, position);
  if (entry?.id !== id.toUpperCase()) {
    throw new BelfryError(
      'BAD_INPUT',
      `the spool has no entry ${id}: it is finished and past spool_retention, or belongs to another spool`,
    );
  }
  const { request } = entry;
  return {
    kind: 'entry',
    ...subjectOf(tools, entry),
    ...(request.truncatedFrom === undefined ? {} : { truncatedFrom: request.truncatedFrom }),
    bytes: Buffer.from(request.bytes.subarray(0, shownBytes)).toString('base64'),
    notifiers,
  };
}
