/** Explain: paste an event, and see what would become of it. */
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { shownLines } from '../model/printable.ts';
import { button, card, waiting } from './parts.ts';

const example = JSON.stringify(
  {
    event: 'MessageNew',
    timestamp: '2026-11-28T10:16:41.120+00:00',
    service: 'imap',
    user: 'john',
    uri: 'imap://john@imap.example.org/INBOX;UIDVALIDITY=1795242541/;UID=6',
    messageSize: 1170,
    uidnext: 7,
  },
  null,
  2,
);

export function explainView({ explaining, explanation }: State, actions: Actions): Child {
  const submit = (event: Event): void => {
    event.preventDefault();
    const { currentTarget } = event;
    const field = currentTarget instanceof HTMLFormElement ? currentTarget.querySelector('textarea') : null;
    if (field !== null) actions.explain(field.value);
  };
  return [
    h('h1', { tabindex: -1 }, 'Explain'),
    h(
      'p',
      { class: 'lead' },
      'Paste an event as JSON, or a request as it was captured: belfry says how it understands it, and which notifiers would get it or why not, by the configuration in force. Nothing is delivered or stored.',
    ),
    card(
      h('h2', {}, h('label', { for: 'explained' }, 'Event or request')),
      {},
      h(
        'form',
        { on: { submit } },
        h('textarea', {
          id: 'explained',
          key: `explained ${explaining.version}`,
          rows: 12,
          spellcheck: false,
          value: explaining.text,
          placeholder: '{"event":"MessageNew", …}',
        }),
        h(
          'div',
          { class: 'buttons' },
          h('button', { type: 'submit', class: 'main' }, 'Explain'),
          button('Use an example', () => actions.setExplained(example)),
        ),
      ),
    ),
    explanation !== undefined && card('What would become of it', { 'aria-live': 'polite' }, resultView(explanation)),
  ];
}

function resultView({ value, problem }: NonNullable<State['explanation']>): Described {
  return value === undefined ? waiting(problem) : h('pre', { tabindex: 0 }, shownLines(value));
}
