/** What the commands of an administrator need to know of notifiers and entries, with a running daemon and without one. */
import type { AdminContext } from '../admin/context.ts';
import { guarded } from '../admin/guarded.ts';
import type { Entry } from '../base/request.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Examiner } from '../examine/examiner.ts';
import type { Route, Unusable } from '../examine/route.ts';
import { unusableConsumer } from '../spool/spool.ts';

export interface AdminContextParts extends Pick<AdminContext, 'spool' | 'standings' | 'pause'> {
  configuration(): Configuration;
  examiner(): Pick<Examiner, 'about' | 'flaw'>;
  /** What a notifier is to do with an entry; undefined when there is no such notifier. */
  route(notifier: string, entry: Entry): Route | Unusable | undefined;
}

/** A reload exchanges some of the parts, so they are asked for each time. No entry can break what it answers. */
export function adminContext(parts: AdminContextParts): AdminContext {
  const { configuration, examiner, route, ...others } = parts;
  return guarded({
    ...others,
    now: Date.now,
    about: (entry) => examiner().about(entry),
    lane(notifier, entry) {
      if (notifier === unusableConsumer) return examiner().flaw(entry) === undefined ? undefined : `#${entry.position}`;
      const routed = route(notifier, entry);
      return routed?.kind === 'deliver' ? routed.lane : undefined;
    },
    notifiers: () => notifiersOf(configuration()),
  });
}

/** Built-in ones that default_notifiers names count as configured. */
function notifiersOf({ notifiers, builtIns, defaultNotifiers }: Configuration): ReturnType<AdminContext['notifiers']> {
  const isUsed = ({ name }: { readonly name: string }): boolean => defaultNotifiers.includes(name);
  return [
    ...notifiers.map(({ name }) => ({ name, builtIn: false })),
    ...builtIns.map((one) => ({ name: one.name, builtIn: !isUsed(one) })),
  ];
}
