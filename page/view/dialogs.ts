/** Dialogs: each says first what will happen, and to how many. */
import type { TestReport } from '../api/types.ts';
import type { Actions } from '../app/actions.ts';
import type { ChangeDialog, Dialog } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { wordsOf } from '../model/changes.ts';
import { spanText } from '../model/format.ts';
import { shown, shownLines } from '../model/printable.ts';
import { button, pill } from './parts.ts';

export function dialogView(dialog: Dialog, actions: Actions): Described {
  const [title, body] = partsOf(dialog, actions);
  return h(
    'dialog',
    { key: dialog.kind, 'aria-labelledby': 'dialog-title', mounted: open, on: { close: actions.closeDialog } },
    h('h2', { id: 'dialog-title', tabindex: -1 }, title),
    body,
    dialog.problem !== undefined && h('p', { class: 'problem', role: 'alert' }, shown(dialog.problem, 1000)),
  );
}

/** The browser keeps the focus in it. Afterwards it goes back to where it was, or to the head of the view if that is gone. */
function open(element: Element): () => void {
  const before = document.activeElement;
  if (element instanceof HTMLDialogElement && !element.open) element.showModal();
  return () => {
    const isThere = before instanceof HTMLElement && before.isConnected && before !== document.body;
    if (isThere) before.focus();
    else document.querySelector('h1')?.focus();
  };
}

function partsOf(dialog: Dialog, actions: Actions): readonly [string, Child] {
  if (dialog.kind === 'change') return changeParts(dialog, dialog.isBusy === true, actions);
  if (dialog.kind === 'pause') return pauseParts(dialog.notifier, dialog.isBusy === true, actions);
  return testParts(dialog.notifier, dialog.report, dialog.isBusy === true, actions);
}

const cancel = (actions: Actions, label = 'Cancel'): Described => button(label, actions.closeDialog);

function changeParts(
  { change, meant, counted, hasChanged }: ChangeDialog,
  isBusy: boolean,
  actions: Actions,
): readonly [string, Child] {
  if (counted === undefined) {
    return [
      'Counting…',
      [h('p', {}, 'belfry counts what is meant.'), h('div', { class: 'buttons end' }, cancel(actions))],
    ];
  }
  const { matching } = counted;
  if (matching === 0) {
    return [
      'Nothing to do',
      [
        h('p', {}, 'There is nothing left of it: it has been delivered, tried again or dropped meanwhile.'),
        h('div', { class: 'buttons end' }, cancel(actions, 'Close')),
      ],
    ];
  }
  const { title, explanation, confirm } = wordsOf(change, meant.notifier, matching, meant.selection.reason);
  return [
    title,
    [
      hasChanged &&
        h(
          'p',
          { class: 'problem', role: 'alert' },
          'The number has changed since it was counted. Nothing was dropped; look again.',
        ),
      h('p', {}, explanation),
      h(
        'div',
        { class: 'buttons end' },
        cancel(actions),
        button(isBusy ? 'Working…' : confirm, actions.confirmChange, {
          class: change.startsWith('drop') ? 'main danger' : 'main',
          disabled: isBusy,
        }),
      ),
    ],
  ];
}

const pauses = [
  ['10 minutes', 600_000],
  ['1 hour', 3_600_000],
  ['8 hours', 28_800_000],
  ['Until I resume it', undefined],
] as const;

function pauseParts(notifier: string, isBusy: boolean, actions: Actions): readonly [string, Child] {
  return [
    `Pause ${shown(notifier, 60)}?`,
    [
      h(
        'p',
        {},
        'belfry makes no attempts for it meanwhile. Its events are still received and stored: its queue grows, and nothing is lost while the spool has room. Attempts that are in progress end as usual.',
      ),
      h(
        'div',
        { class: 'buttons' },
        pauses.map(([label, forMs]) => button(label, () => actions.pause(notifier, forMs), { disabled: isBusy })),
      ),
      h('div', { class: 'buttons end' }, cancel(actions)),
    ],
  ];
}

const samples = ['MessageNew', 'MessageAppend', 'FlagsSet', 'MessageExpunge', 'MailboxCreate', 'QuotaExceed', 'Login'];

function testParts(
  notifier: string,
  report: TestReport | undefined,
  isBusy: boolean,
  actions: Actions,
): readonly [string, Child] {
  const submit = (event: Event): void => {
    event.preventDefault();
    const { currentTarget } = event;
    const field = currentTarget instanceof HTMLFormElement ? currentTarget.querySelector('select') : null;
    if (field !== null) actions.test(notifier, field.value);
  };
  return [
    `Test ${shown(notifier, 60)}`,
    [
      h(
        'p',
        {},
        'belfry makes up an event, marks it as a test, and makes one attempt to deliver it, now. The receiver really gets it. It is not stored, not retried, and counted nowhere.',
      ),
      h(
        'form',
        { class: 'buttons', on: { submit } },
        h('label', { for: 'test-event' }, 'Event '),
        h(
          'select',
          { id: 'test-event' },
          // The first one: what is inserted last would be chosen otherwise.
          samples.map((name) => h('option', { value: name, selected: name === samples[0] }, name)),
        ),
        h('button', { type: 'submit', class: 'main', disabled: isBusy }, isBusy ? 'Sending…' : 'Send it'),
      ),
      report && reportView(report),
      h('div', { class: 'buttons end' }, cancel(actions, 'Close')),
    ],
  ];
}

/** A test is never retried, which an event would be. */
const outcomeText = (status: string): string =>
  status === 'retry' ? 'failed; an event would be retried' : shown(status);

function reportView({ outcome, durationMs, exchange, filteredBy }: TestReport): Described {
  const isDelivered = outcome.status === 'delivered';
  const detail = outcome.reason ?? outcome.detail;
  return h(
    'div',
    { class: 'report', role: 'status' },
    h(
      'p',
      {},
      pill(isDelivered ? 'ok' : outcome.status === 'filtered' ? 'soft' : 'bad', outcomeText(outcome.status)),
      ` It took ${spanText(durationMs)}`,
      detail !== undefined && detail !== '' && [': ', h('bdi', {}, shown(detail, 600))],
    ),
    filteredBy &&
      h(
        'p',
        { class: 'soft' },
        `${shown(filteredBy.option)} would keep such an event from it: ${shown(filteredBy.detail, 300)}`,
      ),
    exchange.length > 0 &&
      h('pre', { tabindex: 0 }, shownLines(exchange.map(({ kind, text }) => `${kind}:\n${text}`).join('\n\n'), 20_000)),
  );
}
