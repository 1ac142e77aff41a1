/** Small pieces that several views use. */
import { type Child, type Described, h, type Properties } from '../dom/h.ts';
import { ago, moment } from '../model/format.ts';
import type { Tone } from '../model/notifiers.ts';
import { shown } from '../model/printable.ts';

/** Text from outside, on one line, isolated so that its direction is its own. */
export const outside = (text: string, longest?: number): Described =>
  h('bdi', text.length > (longest ?? 300) ? { title: shown(text, 2000) } : {}, shown(text, longest));

export const pill = (tone: Tone, ...children: readonly Child[]): Described =>
  h('span', { class: `pill ${tone}` }, children);

export function button(label: Child, press: () => void, properties: Properties = {}): Described {
  return h('button', { type: 'button', ...properties, on: { click: press } }, label);
}

export const link = (label: Child, href: string, properties: Properties = {}): Described =>
  h('a', { ...properties, href }, label);

export function card(title: Child, properties: Properties, ...children: readonly Child[]): Described {
  const { class: name = '', ...rest } = properties;
  return h(
    'section',
    { ...rest, class: `card ${name}`.trim() },
    typeof title === 'string' ? h('h2', {}, title) : title,
    children,
  );
}

/** How long ago, with the moment as its title. */
export const since = (at: number, now: number): Described =>
  h('time', { datetime: new Date(at).toISOString(), title: moment(at) }, ago(at, now));

interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Child;
  readonly isNumber?: boolean;
  /** `wide`: its own line on a narrow screen; `hidden`: not there. */
  readonly narrow?: 'wide' | 'hidden';
  /** Names the row. */
  readonly isHead?: boolean;
  readonly class?: string;
}

export interface TableParts<Row> {
  /** For screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly class?: string;
  readonly rowClass?: (row: Row) => string | undefined;
}

/** On a narrow screen each row is a block; roles say that it is a table all the same. */
export function table<Row>({ caption, columns, rows, keyOf, rowClass, ...parts }: TableParts<Row>): Described {
  const classOf = ({ isNumber, narrow, class: own }: Column<Row>): string | undefined =>
    [isNumber ? 'n' : '', narrow === undefined ? '' : `narrow-${narrow}`, own ?? ''].filter(Boolean).join(' ') ||
    undefined;
  const heads = columns.map((column) =>
    h(
      'th',
      { role: 'columnheader', scope: 'col', class: classOf(column) },
      column.title || h('span', { class: 'unseen' }, 'Actions'),
    ),
  );
  const body = rows.map((row) =>
    h(
      'tr',
      { role: 'row', key: keyOf(row), class: rowClass?.(row) },
      columns.map((column) =>
        h(
          column.isHead ? 'th' : 'td',
          {
            role: column.isHead ? 'rowheader' : 'cell',
            class: classOf(column),
            'data-label': column.title,
            ...(column.isHead ? { scope: 'row' } : {}),
          },
          column.cell(row),
        ),
      ),
    ),
  );
  return h(
    'table',
    { role: 'table', class: parts.class },
    h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, heads)),
    h('tbody', { role: 'rowgroup' }, body),
  );
}

/** What is there before an answer, and when there is none. */
export function waiting(problem: string | undefined): Described {
  return problem === undefined
    ? h('p', { class: 'soft' }, 'Loading…')
    : h('p', { class: 'problem', role: 'alert' }, shown(problem, 1000));
}

/** A line of a command, with a button that copies it. */
export function command(line: string, copy: (text: string) => void): Described {
  return h(
    'div',
    { class: 'command' },
    h('code', {}, shown(line)),
    button('Copy', () => copy(line), { 'aria-label': `Copy: ${line}` }),
  );
}
