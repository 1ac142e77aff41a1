/** The head of the page: where one is, where one can go, and whether what is shown is current. */
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Described, h } from '../dom/h.ts';
import { count, time, uptime } from '../model/format.ts';
import { totalsOf } from '../model/notifiers.ts';
import { hashOf, titles, views } from '../model/route.ts';
import { button, link, outside, pill } from './parts.ts';

export function headerView(state: State, actions: Actions): Described {
  const { status, route, session } = state;
  const isOpen = session !== undefined && (!session.needsToken || session.authenticated);
  const totals = totalsOf(status?.notifiers ?? []);
  const badges: Readonly<Record<string, Described | undefined>> = {
    dead: totals.dead === 0 ? undefined : pill('bad', count(totals.dead)),
    queue: totals.waiting === 0 ? undefined : pill('soft', count(totals.waiting)),
  };
  const items = views.map((view) =>
    h(
      'li',
      { key: view },
      link(
        [titles[view], badges[view] && [' ', badges[view]]],
        hashOf({ view }),
        view === route.view ? { 'aria-current': 'page' } : {},
      ),
    ),
  );
  return h(
    'header',
    {},
    h('span', { class: 'brand' }, 'belfry'),
    isOpen && h('nav', { 'aria-label': 'Views' }, h('ul', {}, items)),
    h(
      'div',
      { class: 'meta' },
      status !== undefined && [
        h('span', { class: 'host' }, outside(status.host, 80)),
        h('span', {}, status.version),
        h('span', {}, `up ${uptime(state.now - status.startedAt)}`),
      ],
      reachability(state),
      isOpen && session.needsToken && button('Log out', actions.logOut, { class: 'quiet' }),
    ),
  );
}

function reachability({ unreachableSince, isLive, status, now }: State): Described {
  if (unreachableSince !== undefined) return pill('bad', `not reachable since ${time(unreachableSince, now)}`);
  if (status === undefined) return pill('soft', 'connecting…');
  return isLive ? pill('ok', 'live') : pill('warn', 'connecting…');
}
