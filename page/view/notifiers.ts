/** The table of notifiers: how each stands, how fast it is, what it has left to do, why it failed last, what can be done. */
import type { NotifierStatus } from '../api/types.ts';
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { count, rate, spans, timeInSeconds } from '../model/format.ts';
import { actionsOf, isConfigured, shownNotifiers, toneOfState } from '../model/notifiers.ts';
import { shown } from '../model/printable.ts';
import { hashOf } from '../model/route.ts';
import { button, card, link, outside, pill, table } from './parts.ts';

export function notifiersView(state: State, actions: Actions): Described | undefined {
  const { status } = state;
  if (status === undefined) return undefined;
  const rows = shownNotifiers(status.notifiers);
  if (!isConfigured(status.notifiers) && rows.length === 0) return undefined;
  return card(
    'Notifiers',
    { class: 'notifiers' },
    table<NotifierStatus>({
      caption: 'Notifiers',
      rows,
      keyOf: ({ notifier }) => notifier,
      columns: [
        { title: 'Name', isHead: true, cell: nameOf },
        { title: 'State', cell: ({ state: { kind, text } }) => pill(toneOfState[kind], shown(text)), class: 'state' },
        { title: 'Rate', isNumber: true, narrow: 'hidden', cell: (one) => rateOf(one, state) },
        {
          title: 'p50 · p99',
          isNumber: true,
          cell: ({ latency }) => (latency === null ? '–' : spans(latency.p50Ms, latency.p99Ms)),
        },
        { title: 'Waiting', isNumber: true, cell: waitingOf },
        { title: 'Dead', isNumber: true, cell: deadOf },
        { title: 'Last failure', narrow: 'wide', class: 'failure', cell: (one) => failureOf(one, state.now) },
        { title: '', class: 'actions', narrow: 'wide', cell: (one) => buttonsOf(one, state.now, actions) },
      ],
    }),
  );
}

function nameOf({ notifier, method, label, builtIn }: NotifierStatus): Child {
  const kind = [method, label, builtIn ? 'built in' : undefined].filter((one) => one !== undefined).join(' · ');
  return [h('b', {}, outside(notifier, 60)), ' ', h('span', { class: 'soft' }, shown(kind, 80))];
}

function rateOf({ notifier }: NotifierStatus, { rates }: State): string {
  const perSecond = rates?.notifiers[notifier];
  return perSecond === undefined ? '–' : `${rate(perSecond)}/s`;
}

function waitingOf({ notifier, waiting, deferred }: NotifierStatus): Child {
  const all = waiting + deferred;
  return all === 0
    ? '0'
    : link(count(all), hashOf({ view: 'queue', notifier }), {
        'aria-label': `${count(all)} waiting for ${notifier}: show them`,
      });
}

function deadOf({ notifier, dead }: NotifierStatus): Child {
  return dead === 0
    ? '0'
    : link(count(dead), hashOf({ view: 'dead', notifier }), {
        class: 'bad',
        'aria-label': `${count(dead)} dead letters of ${notifier}: show them`,
      });
}

function failureOf({ receiver, receiverPause, lastFailure }: NotifierStatus, now: number): Child {
  const reason = receiver?.failing ?? (receiverPause?.byAdministrator ? undefined : receiverPause?.reason);
  if (reason === undefined && lastFailure !== undefined) {
    return h(
      'span',
      { class: 'soft' },
      `${timeInSeconds(lastFailure.at, now)}, over: `,
      outside(lastFailure.reason, 220),
    );
  }
  if (reason === undefined) return h('span', { class: 'soft' }, 'none');
  const at = receiver?.failing === undefined ? '' : `since ${timeInSeconds(receiver.at, now)} `;
  return [h('span', { class: 'soft' }, at), outside(reason, 220)];
}

function buttonsOf(one: NotifierStatus, now: number, actions: Actions): Child {
  const { notifier } = one;
  const labelled = (label: string, press: () => void, what: string): Described =>
    button(label, press, { key: label, 'aria-label': `${label} ${what}`.replace('…', '') });
  const own = actionsOf(one, now).map((action) => {
    if (action === 'resume') return labelled('Resume', () => actions.resume(notifier), notifier);
    if (action === 'retry') return labelled('Try now', () => actions.tryNow(notifier), notifier);
    return labelled('Pause…', () => actions.openPause(notifier), notifier);
  });
  return h(
    'div',
    { class: 'buttons' },
    own,
    labelled('Test…', () => actions.openTest(notifier), notifier),
  );
}
