/** The first thing on the page: whether all is well; if not, what is wrong, what it means, and a button against it. */
import type { Remedy, Status, Trouble } from '../api/types.ts';
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { time } from '../model/format.ts';
import { shown } from '../model/printable.ts';
import { button } from './parts.ts';

export function verdictView(state: State, actions: Actions): Described {
  const { status, unreachableSince } = state;
  if (status === undefined) {
    return box('soft', 'Asking belfry…', state.unreachableReason ?? 'One moment.');
  }
  if (unreachableSince !== undefined) return unreachable(state, status, unreachableSince);
  const { level, headline, explanation, action, problems } = status.verdict;
  const tone = level === 'warning' ? 'warn' : level;
  return h(
    'div',
    { class: 'verdict' },
    box(tone, headline, explanation, action && remedyButton(action, actions, 'main')),
    problems.length > 1 &&
      h(
        'ul',
        { class: 'problems', 'aria-label': 'Further problems' },
        problems.slice(1, 9).map((problem) => further(problem, actions)),
        problems.length > 9 && h('li', { class: 'soft' }, `and ${problems.length - 9} more: see the notifiers below`),
      ),
  );
}

function unreachable({ unreachableReason, now }: State, status: Status, since: number): Described {
  const reason = unreachableReason === undefined ? '' : `${shown(unreachableReason)}. `;
  return box(
    'bad',
    `belfry has not answered since ${time(since, now)}`,
    `${reason}What is below was true at ${time(status.at, now)}. The page tries again every two seconds; systemctl status belfry shows whether the daemon runs.`,
  );
}

function box(tone: string, headline: string, explanation: string, action?: Child): Described {
  return h(
    'section',
    { class: `say ${tone}`, 'aria-label': 'Verdict' },
    h('span', { class: 'mark', 'aria-hidden': true }, marks[tone] ?? ''),
    h(
      'div',
      { class: 'words' },
      h('h1', { tabindex: -1 }, h('bdi', {}, shown(headline, 160))),
      h('p', {}, h('bdi', {}, shown(explanation, 800))),
    ),
    action && h('div', { class: 'go' }, action),
  );
}

const marks: Readonly<Record<string, string>> = { ok: '✓', warn: '!', bad: '✗', soft: '…' };

function further(problem: Trouble, actions: Actions): Described {
  const { level, headline, explanation, action } = problem;
  const tone = level === 'warning' ? 'warn' : 'bad';
  return h(
    'li',
    { key: headline, class: tone },
    h('span', { class: 'mark', 'aria-hidden': true }, marks[tone] ?? ''),
    h(
      'span',
      { class: 'words' },
      h('strong', {}, h('bdi', {}, shown(headline, 160))),
      ' ',
      h('bdi', { class: 'soft' }, shown(explanation, 600)),
    ),
    action && remedyButton(action, actions, ''),
  );
}

function remedyButton(action: Remedy, actions: Actions, kind: string): Described {
  return button(shown(action.label, 60), () => actions.remedy(action), { class: kind });
}
