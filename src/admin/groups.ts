/** Groups dead letters by notifier and reason, so that a thousand with one cause are one line. */
import { type AdminContext, letters } from './context.ts';
import { namesMeant } from './list.ts';
import type { GroupRow, RequestOf } from './protocol.ts';

/** Groups of one notifier; what has a further reason is one group, with this as its reason. */
const maxGroups = 200;
const otherReasons = 'other reasons';
/** Users that are remembered of a group. */
const maxUsers = 1000;

interface Group {
  readonly users: Set<string>;
  count: number;
  firstAt: number;
  lastAt: number;
}

/** Reads all dead letters once. The largest group of a notifier comes first. */
export async function* groups(
  tools: AdminContext,
  { notifier: asked }: RequestOf<'groups'>,
): AsyncGenerator<GroupRow, void, void> {
  for (const notifier of await namesMeant(tools, asked)) {
    const found = new Map<string, Group>();
    for await (const page of letters(tools, notifier)) {
      for (const { entry, reason, at } of page) {
        const key = found.has(reason) || found.size < maxGroups ? reason : otherReasons;
        const group = found.get(key) ?? { users: new Set(), count: 0, firstAt: at, lastAt: at };
        found.set(key, group);
        group.count++;
        group.firstAt = Math.min(group.firstAt, at);
        group.lastAt = Math.max(group.lastAt, at);
        const { user } = group.users.size < maxUsers ? tools.about(entry) : { user: '' };
        if (user !== '') group.users.add(user);
      }
    }
    const sorted = [...found].sort(([, one], [, other]) => other.count - one.count);
    for (const [reason, { users, ...counted }] of sorted) {
      yield { kind: 'group', notifier, reason, users: users.size, ...counted };
    }
  }
}
