/** The latest entries, the newest first, each with its path: what has just happened, and what became of it. */
import type { Position } from '../base/request.ts';
import { type AdminContext, breathe, pageLength } from './context.ts';
import { pathOf, subjectOf } from './path-of-entry.ts';
import type { RecentRow, RequestOf } from './protocol.ts';
import { compileQueueSelection } from './selection.ts';

const nothing = { attempts: [] };

/** Goes back through the spool as far as it must: where few entries match, to its beginning. */
export async function* recent(
  tools: AdminContext,
  { selection, limit }: RequestOf<'recent'>,
): AsyncGenerator<RecentRow, void, void> {
  const { spool, about, now } = tools;
  const selects = compileQueueSelection(selection, about, now());
  const { first, last } = await spool.state();
  let left = limit;
  let step = Math.min(limit, pageLength);
  for (let end = last; end >= first && left > 0; end -= step, step = pageLength) {
    // Only places are kept: a page of long requests would not fit into memory.
    const matching: Position[] = [];
    for (let after = Math.max(first - 1, end - step); after < end; ) {
      const entries = await spool.read(after, end - after);
      for (const entry of entries) if (entry.position <= end && selects(entry, nothing)) matching.push(entry.position);
      after = entries.at(-1)?.position ?? end;
    }
    for (const position of matching.reverse().slice(0, left)) {
      const { entry, notifiers } = await pathOf(tools, position);
      if (entry === undefined) continue;
      left--;
      yield { kind: 'recent', ...subjectOf(tools, entry), notifiers };
    }
    await breathe();
  }
}
