/** The events as they come, a field that searches among them, and the way of the one that is chosen. */
import type { EventRow, EventStanding } from '../api/types.ts';
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { count, timeInFull } from '../model/format.ts';
import { hashOf } from '../model/route.ts';
import { matches, merged } from '../model/search.ts';
import { stateOf } from '../model/way.ts';
import { noEventYet } from './empty.ts';
import { button, card, link, outside, pill, table, waiting } from './parts.ts';
import { wayView } from './way.ts';

/** Rows of the table. */
const mostOnOverview = 8;
const mostOnEvents = 200;

export function eventsView(state: State, actions: Actions): Described {
  const { route } = state;
  return h(
    'div',
    { class: route.id === undefined ? 'events' : 'events two', key: 'events' },
    listView(state, actions),
    route.id !== undefined && wayView(state, actions),
  );
}

function listView(state: State, actions: Actions): Described {
  const { route, search, found, events, isHeld, heldEvents } = state;
  const isOverview = route.view === 'overview';
  const text = search.trim();
  const here = text === '' ? events.rows : events.rows.filter((row) => matches(row, text));
  const earlier = text !== '' && found?.key.trim() === text ? (found.value ?? []) : [];
  const rows = merged([here, earlier], isOverview ? mostOnOverview : mostOnEvents);
  const isSearching = text !== '' && found !== undefined && found.value === undefined && found.problem === undefined;
  const bar = h(
    'div',
    { class: 'bar' },
    h('h2', {}, 'Events, live'),
    h('input', {
      type: 'search',
      value: search,
      placeholder: 'user, mailbox, event or id',
      'aria-label': 'Search events by user, mailbox, event or id',
      autocomplete: 'off',
      spellcheck: false,
      on: { input: ({ target }) => target instanceof HTMLInputElement && actions.search(target.value) },
    }),
    button(
      isHeld ? `Go on${heldEvents === 0 ? '' : ` (${count(heldEvents)} new)`}` : 'Hold',
      () => actions.hold(!isHeld),
      {
        title: isHeld ? 'Show what has come meanwhile' : 'Keep new events back while you read',
      },
    ),
  );
  return card(
    bar,
    { class: 'list', 'aria-label': 'Events, live' },
    rows.length > 0 ? eventTable(rows, state) : emptyList(state, actions, text, isSearching),
    isOverview &&
      rows.length === mostOnOverview &&
      h(
        'p',
        { class: 'more' },
        link('All events', hashOf({ view: 'events', ...(text === '' ? {} : { search: text }) })),
      ),
    events.skipped > 0 &&
      h('p', { class: 'soft small' }, `${count(events.skipped)} more came than can be shown; the search finds them.`),
  );
}

function emptyList(state: State, actions: Actions, text: string, isSearching: boolean): Child {
  if (text === '') return state.status === undefined ? waiting(undefined) : noEventYet(state.status, actions);
  if (isSearching) return waiting(undefined);
  const problem = state.found?.problem;
  if (problem !== undefined) return waiting(problem);
  return h(
    'p',
    { class: 'soft' },
    'No event of that name is in the spool. Whole names of users, mailboxes and events are found, and ids; what is on this page is also found by a part of it.',
  );
}

function eventTable(rows: readonly EventRow[], { route, now }: State): Described {
  return table<EventRow>({
    caption: 'Events, the newest first',
    class: 'event-table',
    rows,
    keyOf: ({ id }) => id,
    rowClass: ({ id }) => (id === route.id ? 'chosen' : undefined),
    columns: [
      {
        title: 'Time',
        isHead: true,
        class: 'when',
        cell: ({ id, receivedAt }) =>
          link(h('code', {}, timeInFull(receivedAt, now)), hashOf({ ...route, view: route.view, id }), {
            'aria-label': `The way of the event received at ${timeInFull(receivedAt, now)}`,
            ...(id === route.id ? { 'aria-current': 'true' } : {}),
          }),
      },
      { title: 'Event', cell: ({ event, class: kind }) => pill('event', outside(event === '' ? kind : event, 40)) },
      { title: 'User', cell: ({ user }) => outside(user, 60), class: 'name' },
      { title: 'Mailbox', cell: ({ mailbox }) => outside(mailbox, 80), class: 'name', narrow: 'hidden' },
      { title: 'Outcome', cell: outcomeOf, narrow: 'wide' },
    ],
  });
}

function outcomeOf({ notifiers }: EventRow): Child {
  const unusable = notifiers.some(({ notifier, state }) => notifier === 'unusable' && state === 'dead');
  if (unusable) return pill('bad', 'not usable');
  const told = notifiers.filter(({ notifier }) => notifier !== 'unusable');
  const filtered = told.filter(({ state }) => state === 'filtered');
  const others = told.filter(({ state }) => state !== 'filtered');
  const most = 6;
  return h(
    'span',
    { class: 'pills' },
    others.slice(0, most).map((standing) => {
      const [words, tone] = stateOf(standing);
      return [pill(tone, outside(standing.notifier, 30), words === 'delivered' ? '' : ` ${words}`), ' '];
    }),
    others.length > most && h('span', { class: 'soft' }, `and ${count(others.length - most)} more `),
    filtered.length > 0 &&
      (others.length === 0 || filtered.length < 3) &&
      h('span', { class: 'soft' }, filteredWords(filtered)),
  );
}

/** By which option, where it is one notifier. */
function filteredWords(filtered: readonly EventStanding[]): Child {
  const [first] = filtered;
  if (first === undefined || filtered.length > 2) return `filtered for all ${count(filtered.length)} notifiers`;
  const option = filtered.length === 1 ? first.outcome?.option : undefined;
  const names = filtered.map(({ notifier }) => notifier).join(', ');
  return outside(`${names}: filtered${option === undefined ? '' : ` by ${option}`}`, 80);
}
