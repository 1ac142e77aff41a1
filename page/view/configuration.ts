/** The configuration in force, with where each value comes from, and whether the file on disk is refused. */
import type { Configuration } from '../api/types.ts';
import type { Actions } from '../app/actions.ts';
import type { State } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { plural, time } from '../model/format.ts';
import { shown } from '../model/printable.ts';
import { card, outside, table, waiting } from './parts.ts';

type Option = Configuration['options'][number];

export function configurationView(state: State, actions: Actions): Child {
  const { configuration } = state;
  return [
    h('h1', { tabindex: -1 }, 'Configuration'),
    configuration?.value === undefined
      ? waiting(configuration?.problem)
      : [refusal(configuration.value, state.now), optionsView(configuration.value, state, actions)],
  ];
}

function refusal({ refused, loadedAt, files }: Configuration, now: number): Child {
  const sources = files.length === 0 ? 'no file' : files.map((file) => shown(file, 200)).join(', ');
  return [
    refused !== undefined &&
      h(
        'section',
        { class: 'say warn', 'aria-label': 'Refused configuration' },
        h('span', { class: 'mark', 'aria-hidden': true }, '!'),
        h(
          'div',
          { class: 'words' },
          h('h2', {}, `The file on disk was refused at ${time(refused.at, now)}`),
          h('p', {}, shown(refused.reason, 2000)),
          h('p', {}, 'The configuration below stays in force. Correct the file, try it with belfry check, and reload.'),
        ),
      ),
    h('p', { class: 'lead' }, `In force since ${time(loadedAt, now)}, from ${sources}. Secrets are hidden.`),
  ];
}

function optionsView(
  { options }: Configuration,
  { isWholeConfiguration, optionSearch }: State,
  actions: Actions,
): Described {
  const words = optionSearch.trim().toLowerCase();
  const isSet = ({ from }: Option): boolean => from !== 'default';
  const rows = options.filter(
    (option) =>
      (isWholeConfiguration || isSet(option)) &&
      [option.name, option.value, option.from].join('\n').toLowerCase().includes(words),
  );
  const bar = h(
    'div',
    { class: 'bar' },
    h('h2', {}, plural(rows.length, 'option')),
    h('input', {
      ...{
        type: 'search',
        placeholder: 'name or value',
        'aria-label': 'Search options',
        autocomplete: 'off',
        spellcheck: false,
        value: optionSearch,
      },
      on: { input: ({ target }) => target instanceof HTMLInputElement && actions.searchOptions(target.value) },
    }),
    h(
      'label',
      {},
      h('input', {
        ...{ type: 'checkbox', checked: isWholeConfiguration },
        on: {
          change: ({ target }) => target instanceof HTMLInputElement && actions.showWholeConfiguration(target.checked),
        },
      }),
      ' Defaults too',
    ),
  );
  return card(
    bar,
    { 'aria-label': 'Options in force' },
    rows.length === 0
      ? h('p', { class: 'soft' }, 'No option matches.')
      : table<Option>({
          caption: 'Options in force',
          class: 'options',
          rows,
          keyOf: ({ name, from }) => `${name} ${from}`,
          columns: [
            { title: 'Option', isHead: true, cell: ({ name }) => h('code', {}, shown(name, 120)) },
            { title: 'Value', cell: ({ value }) => h('code', {}, outside(value, 500)), narrow: 'wide' },
            { title: 'From', cell: ({ from }) => h('span', { class: 'soft' }, outside(from, 200)), narrow: 'wide' },
          ],
        }),
  );
}
