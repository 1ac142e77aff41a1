/** Dead letters, grouped by reason: what was given up, with what can be done about it. */
import type { Group, Item } from '../api/types.ts';
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { count, plural, time } from '../model/format.ts';
import { hashOf } from '../model/route.ts';
import { itemsView } from './items.ts';
import { button, card, link, outside, table, waiting } from './parts.ts';

/** On the overview: nothing when there are none. */
export function deadCard(state: State, actions: Actions): Described | undefined {
  const groups = state.groups?.value?.items ?? [];
  return groups.length === 0
    ? undefined
    : card('Dead letters, by reason', { key: 'dead' }, groupTable(groups.slice(0, 8), state, actions));
}

export function deadView(state: State, actions: Actions): Child {
  const { groups, route } = state;
  const all = groups?.value?.items;
  const shown = all?.filter(({ notifier }) => route.notifier === undefined || notifier === route.notifier);
  return [
    h('h1', { tabindex: -1 }, 'Dead letters'),
    h(
      'p',
      { class: 'lead' },
      'Notifications that belfry has given up, because the receiver refused them for good or attempts failed for too long. They are kept with every attempt until you try them again or drop them.',
    ),
    route.notifier !== undefined &&
      h('p', {}, 'Only of ', h('b', {}, outside(route.notifier, 60)), '. ', link('Show all', hashOf({ view: 'dead' }))),
    shown === undefined
      ? waiting(groups?.problem)
      : shown.length === 0
        ? h('p', { class: 'card nothing' }, '✓ There are no dead letters.')
        : card('By reason', {}, groupTable(shown.slice(0, 200), state, actions)),
    route.notifier !== undefined && shown !== undefined && shown.length > 0 && lettersView(state, actions),
  ];
}

function groupTable(groups: readonly Group[], { now, route }: State, actions: Actions): Described {
  return table<Group>({
    caption: 'Dead letters by notifier and reason',
    class: 'groups',
    rows: groups,
    keyOf: ({ notifier, reason }) => `${notifier} ${reason}`,
    rowClass: ({ notifier, reason }) =>
      route.view === 'dead' && notifier === route.notifier && reason === route.reason ? 'chosen' : undefined,
    columns: [
      { title: 'Notifier', isHead: true, cell: ({ notifier }) => h('b', {}, outside(notifier, 60)) },
      { title: 'Reason', cell: ({ reason }) => outside(reason, 400), narrow: 'wide', class: 'reason' },
      { title: 'Letters', isNumber: true, cell: (group) => count(group.count) },
      { title: 'Users', isNumber: true, cell: ({ users }) => (users >= 1000 ? '1,000 or more' : count(users)) },
      {
        title: 'Given up',
        cell: ({ firstAt, lastAt }) =>
          time(firstAt, now) === time(lastAt, now)
            ? time(firstAt, now)
            : `${time(firstAt, now)} to ${time(lastAt, now)}`,
      },
      { title: '', class: 'actions', narrow: 'wide', cell: (group) => groupButtons(group, actions) },
    ],
  });
}

function groupButtons({ notifier, reason, count: letters }: Group, actions: Actions): Described {
  const meant = { notifier, selection: { reason } };
  const what = `${plural(letters, 'dead letter')} of ${notifier}`;
  return h(
    'div',
    { class: 'buttons' },
    link('Show', hashOf({ view: 'dead', notifier, reason }), { class: 'button', 'aria-label': `Show ${what}` }),
    button('Try again…', () => actions.openChange('retry-dead', meant), { 'aria-label': `Try again: ${what}` }),
    button('Drop…', () => actions.openChange('drop-dead', meant), { 'aria-label': `Drop ${what}`, class: 'danger' }),
  );
}

function lettersView(state: State, actions: Actions): Described {
  const { route, items } = state;
  const title =
    route.reason === undefined
      ? 'The letters'
      : ['The letters with the reason ', h('q', {}, outside(route.reason, 160))];
  const own = items?.key.startsWith('dead\n') ? items : undefined;
  const rows: readonly Item[] | undefined = own?.value?.items;
  return card(
    h('h2', {}, title),
    { key: 'letters' },
    rows === undefined ? waiting(own?.problem) : itemsView(rows, 'dead', state, actions),
    own?.value?.next !== undefined && button('Show more', actions.moreItems),
  );
}
