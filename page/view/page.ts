/** The whole page: head, what was done last, and the view that the address names. */
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { shown } from '../model/printable.ts';
import { chartsView } from './charts.ts';
import { configurationView } from './configuration.ts';
import { deadCard, deadView } from './dead.ts';
import { noNotifierYet } from './empty.ts';
import { eventsView } from './events.ts';
import { explainView } from './explain.ts';
import { headerView } from './header.ts';
import { loginView } from './login.ts';
import { notifiersView } from './notifiers.ts';
import { button } from './parts.ts';
import { queueView } from './queue.ts';
import { tilesView } from './tiles.ts';
import { verdictView } from './verdict.ts';

export function pageView(state: State, actions: Actions): Described {
  const { session, notice, route } = state;
  const needsLogin = session?.needsToken === true && !session.authenticated;
  return h(
    'div',
    { class: state.unreachableSince !== undefined && state.status !== undefined ? 'page stale' : 'page' },
    button('Skip to the content', () => document.getElementById('main')?.focus(), { class: 'skip' }),
    headerView(state, actions),
    needsLogin
      ? loginView(state, actions)
      : h(
          'main',
          { id: 'main', key: route.view, tabindex: -1 },
          h(
            'div',
            { key: 'notice', class: 'notices', role: 'status', 'aria-live': 'polite' },
            notice && noticeView(notice, actions),
          ),
          viewOf(state, actions),
        ),
  );
}

function noticeView({ text, isProblem }: NonNullable<State['notice']>, actions: Actions): Described {
  return h(
    'p',
    { class: `notice ${isProblem ? 'bad' : 'ok'}` },
    h('bdi', {}, shown(text, 600)),
    button('Dismiss', actions.dismissNotice, { class: 'quiet' }),
  );
}

function viewOf(state: State, actions: Actions): Child {
  switch (state.route.view) {
    case 'overview':
      return [
        verdictView(state, actions),
        tilesView(state),
        state.status && noNotifierYet(state.status, actions),
        notifiersView(state, actions),
        deadCard(state, actions),
        chartsView(state),
        eventsView(state, actions),
      ];
    case 'events':
      return [h('h1', { tabindex: -1, class: 'unseen' }, 'Events'), eventsView(state, actions)];
    case 'queue':
      return queueView(state, actions);
    case 'dead':
      return deadView(state, actions);
    case 'explain':
      return explainView(state, actions);
    case 'configuration':
      return configurationView(state, actions);
  }
}
