/** The queue: what waits for its first attempt or for another one. */
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Child, h } from '../dom/h.ts';
import { count } from '../model/format.ts';
import { shownNotifiers } from '../model/notifiers.ts';
import { hashOf } from '../model/route.ts';
import { itemsView } from './items.ts';
import { button, card, link, outside, waiting } from './parts.ts';

export function queueView(state: State, actions: Actions): Child {
  const { items, route, status } = state;
  const own = items?.key.startsWith('queue\n') ? items : undefined;
  const rows = own?.value?.items;
  const queues = shownNotifiers(status?.notifiers ?? []).filter(({ waiting: fresh, deferred }) => fresh + deferred > 0);
  return [
    h('h1', { tabindex: -1 }, 'Queue'),
    h(
      'p',
      { class: 'lead' },
      'What is on its way: notifications that wait for their first attempt, or for the next one after a failure. belfry attempts them by itself.',
    ),
    queues.length > 0 &&
      h(
        'div',
        { class: 'choices', role: 'group', 'aria-label': 'Notifier' },
        link('All', hashOf({ view: 'queue' }), {
          class: 'button',
          ...(route.notifier === undefined ? { 'aria-current': 'true' } : {}),
        }),
        queues.map(({ notifier, waiting: fresh, deferred }) =>
          link([outside(notifier, 40), ` ${count(fresh + deferred)}`], hashOf({ view: 'queue', notifier }), {
            ...{ class: 'button', key: notifier },
            ...(route.notifier === notifier ? { 'aria-current': 'true' } : {}),
          }),
        ),
      ),
    rows === undefined
      ? waiting(own?.problem)
      : rows.length === 0
        ? h('p', { class: 'card nothing' }, '✓ Nothing waits.')
        : card(
            queueTitle(state, actions),
            {},
            itemsView(rows, 'queue', state, actions),
            own?.value?.next !== undefined && button('Show more', actions.moreItems),
          ),
  ];
}

function queueTitle({ route: { notifier } }: State, actions: Actions): Child & object {
  if (notifier === undefined) return h('h2', {}, 'The oldest first');
  const meant = { notifier, selection: {} };
  return h(
    'div',
    { class: 'bar' },
    h('h2', {}, 'The oldest first'),
    button('Try all now…', () => actions.openChange('retry-queue', meant)),
    button('Drop all…', () => actions.openChange('drop-queue', meant), { class: 'danger' }),
  );
}
