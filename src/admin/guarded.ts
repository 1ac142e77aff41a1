/** The tools of an administrator as no entry can break them: the one that nobody can read is left out, the others are shown. */
import { ifPossible } from '../base/error.ts';
import { Reading } from '../spool/reading.ts';
import type { Spool } from '../spool/spool.ts';
import type { AdminContext } from './context.ts';

const nothing = { class: '', event: '', user: '', mailbox: '' };

/** The same tools: where examining an entry throws, it is about nothing, and in a lane of its own. */
export function guarded(tools: AdminContext): AdminContext {
  return {
    ...tools,
    spool: guardedSpool(tools.spool),
    about: (entry) => ifPossible(() => tools.about(entry)) ?? nothing,
    lane(notifier, entry) {
      try {
        return tools.lane(notifier, entry);
      } catch {
        return `#${entry.position}`;
      }
    },
  };
}

function guardedSpool(spool: Spool): Spool {
  // Dispatch says so in the log of the daemon.
  const reading = new Reading(spool, () => {});
  const own: Partial<Spool> = {
    read: async (after, limit) => (await reading.next(after, limit)).entries,
    get: (position) => reading.get(position),
  };
  return new Proxy(spool, {
    get(target, key) {
      const value: unknown = Reflect.get(own, key) ?? Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
