/** The way of one event: received when, filtered why, each failed attempt with the answer, the success. */
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Described, h } from '../dom/h.ts';
import { shownLines, textOfBase64 } from '../model/printable.ts';
import { requestLines } from '../model/request.ts';
import { hashOf } from '../model/route.ts';
import { type NotifierWay, type Step, wayOf } from '../model/way.ts';
import { button, card, link, outside, pill, waiting } from './parts.ts';

/** Of the request, in characters. */
const longestRequest = 20_000;

export function wayView(state: State, actions: Actions): Described {
  const { route, entry, events, now } = state;
  const id = route.id ?? '';
  const { id: _, ...without } = route;
  const loaded = entry?.key === id ? entry : undefined;
  const row = loaded?.value ?? events.rows.find((one) => one.id === id);
  const bar = h(
    'div',
    { class: 'bar' },
    h('h2', { tabindex: -1, mounted: focus }, 'The way of one event'),
    link('Close', hashOf(without), { class: 'button' }),
  );
  if (row === undefined) return card(bar, { class: 'way-card', key: `way ${id}` }, waiting(loaded?.problem));
  const way = wayOf(row, now);
  return card(
    bar,
    { class: 'way-card', key: `way ${id}`, 'aria-label': 'The way of one event' },
    h('p', { class: 'id' }, h('code', {}, outside(id, 60))),
    h('ol', { class: 'way' }, way.steps.map(stepView)),
    way.notifiers.map((one) => notifierView(one, id, actions)),
    loaded?.problem !== undefined && waiting(loaded.problem),
    loaded?.value !== undefined &&
      h(
        'details',
        {},
        h('summary', {}, 'The request as it came'),
        h('pre', { tabindex: 0 }, shownLines(requestLines(textOfBase64(loaded.value.bytes)), longestRequest)),
        h('p', {}, link('Explain it with the present configuration', hashOf({ view: 'explain', id }))),
      ),
  );
}

/** Where one looks next after a click on a row. On a narrow screen it may stand elsewhere. */
function focus(element: Element): undefined {
  if (element instanceof HTMLElement) {
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'nearest' });
  }
}

const stepView = ({ time, tone, text }: Step): Described =>
  h('li', {}, h('span', { class: 'at' }, time), h('i', { class: tone, 'aria-hidden': true }), h('bdi', {}, text));

function notifierView({ notifier, state, tone, steps, from }: NotifierWay, id: string, actions: Actions): Described {
  const meant = { notifier, selection: { ids: [id] } };
  return h(
    'section',
    { key: notifier, class: 'receiver' },
    h(
      'div',
      { class: 'bar' },
      h('h3', {}, outside(notifier, 60)),
      pill(tone, state),
      from === 'queue' && button('Try now…', () => actions.openChange('retry-queue', meant)),
      from === 'dead' && button('Try again…', () => actions.openChange('retry-dead', meant)),
      from !== undefined &&
        button('Drop…', () => actions.openChange(from === 'dead' ? 'drop-dead' : 'drop-queue', meant)),
    ),
    h('ol', { class: 'way' }, steps.map(stepView)),
  );
}
