/** The form that turns the token into a session. */
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Described, h } from '../dom/h.ts';
import { shown } from '../model/printable.ts';

export function loginView({ loginProblem }: State, actions: Actions): Described {
  const submit = (event: Event): void => {
    event.preventDefault();
    const { currentTarget } = event;
    const field = currentTarget instanceof HTMLFormElement ? currentTarget.querySelector('input') : null;
    if (field !== null) actions.logIn(field.value);
  };
  return h(
    'main',
    { id: 'main', class: 'login' },
    h(
      'form',
      { class: 'card', on: { submit } },
      h('h1', { tabindex: -1 }, 'belfry'),
      h(
        'p',
        {},
        'Over the network belfry shows events and takes changes only with the token of admin_token or admin_token_file.',
      ),
      h('label', { for: 'token' }, 'Token'),
      h('input', {
        ...{ id: 'token', type: 'password', name: 'token', autocomplete: 'current-password', spellcheck: false },
        ...(loginProblem === undefined ? {} : { 'aria-describedby': 'wrong', 'aria-invalid': true }),
        mounted(element) {
          if (element instanceof HTMLElement) element.focus();
          return undefined;
        },
      }),
      loginProblem !== undefined && h('p', { id: 'wrong', class: 'problem', role: 'alert' }, shown(loginProblem)),
      h('button', { type: 'submit', class: 'main' }, 'Log in'),
      h('p', { class: 'soft small' }, 'The session ends after 12 hours, or when you log out.'),
    ),
  );
}
