/** A table of notifications that wait or were given up, one by one. */
import type { Item } from '../api/types.ts';
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { count, timeInSeconds } from '../model/format.ts';
import { hashOf } from '../model/route.ts';
import { button, link, outside, pill, since, table } from './parts.ts';

export function itemsView(rows: readonly Item[], from: 'dead' | 'queue', { now }: State, actions: Actions): Described {
  return table<Item>({
    caption: from === 'dead' ? 'Dead letters' : 'Notifications in the queue',
    class: 'items',
    rows,
    keyOf: ({ notifier, id }) => `${notifier} ${id}`,
    columns: [
      {
        title: 'Received',
        isHead: true,
        class: 'when',
        cell: ({ id, receivedAt }) =>
          link(h('code', {}, timeInSeconds(receivedAt, now)), hashOf({ view: 'events', id }), {
            'aria-label': `The way of the event received at ${timeInSeconds(receivedAt, now)}`,
          }),
      },
      { title: 'Notifier', cell: ({ notifier }) => outside(notifier, 60) },
      { title: 'Event', cell: ({ event, class: kind }) => pill('event', outside(event === '' ? kind : event, 40)) },
      { title: 'User', cell: ({ user }) => outside(user, 60), class: 'name' },
      { title: 'Mailbox', cell: ({ mailbox }) => outside(mailbox, 80), class: 'name', narrow: 'hidden' },
      { title: 'Attempts', isNumber: true, cell: ({ attempts }) => count(attempts.length) },
      {
        title: from === 'dead' ? 'Reason' : 'Stands',
        class: 'reason',
        narrow: 'wide',
        cell: (item) => (from === 'dead' ? outside(item.reason ?? '', 200) : standingOf(item, now)),
      },
      { title: '', class: 'actions', narrow: 'wide', cell: (item) => buttonsOf(item, from, now, actions) },
    ],
  });
}

function standingOf({ kind, attempts, dueAt, heldBy }: Item, now: number): Child {
  if (kind === 'waiting') return h('span', { class: 'soft' }, 'waits for its first attempt');
  const due = dueAt === undefined || dueAt === 0 ? undefined : dueAt <= now ? 'due now' : since(dueAt, now);
  if (heldBy !== undefined) return ['held back by ', outside(heldBy, 60), due && [', ', due]];
  if (dueAt === 0) return h('span', { class: 'soft' }, 'waits for an earlier one of its mailbox');
  const last = attempts.at(-1);
  return [last && [outside(last.reason, 160), '; '], 'next attempt ', due ?? 'soon'];
}

function buttonsOf(
  { notifier, id, receivedAt }: Item,
  from: 'dead' | 'queue',
  now: number,
  actions: Actions,
): Described {
  const meant = { notifier, selection: { ids: [id] } };
  const what = `the notification of ${notifier} received at ${timeInSeconds(receivedAt, now)}`;
  const retry = from === 'dead' ? 'Try again…' : 'Try now…';
  return h(
    'div',
    { class: 'buttons' },
    button(retry, () => actions.openChange(`retry-${from}`, meant), {
      'aria-label': `${retry.replace('…', '')}: ${what}`,
    }),
    button('Drop…', () => actions.openChange(`drop-${from}`, meant), { 'aria-label': `Drop ${what}`, class: 'danger' }),
  );
}
