/** Writes the reference of the configuration, as Markdown, out of the option table: what is documented is what is checked. */

import { longestTimerMs } from '../src/base/limits.ts';
import { adminOptions } from '../src/config/admin-options.ts';
import {
  daemonOptions,
  eventOptions,
  filterOptions,
  globalOptions,
  requestOptions,
  socketOptions,
} from '../src/config/global-options.ts';
import { methodOption, sharedOptions } from '../src/config/notifier-options.ts';
import { dlistOptions } from '../src/intake/dlist/dlist-kind.ts';
import { httpOptions } from '../src/intake/http/http-options.ts';
import type { IntakeKind } from '../src/intake/intake.ts';
import { intakeKinds } from '../src/intake/table.ts';
import type { Method } from '../src/notifier/notifier.ts';
import { formatDuration, formatSize } from '../src/option/number-syntax.ts';
import { docsOf, type Option, type OptionKind, type OptionRecord } from '../src/option/option.ts';
import { limitsOf } from './option-limits.ts';

/** How a value of each kind is written. */
const syntax: Readonly<Record<OptionKind, string>> = {
  text: 'Any text; white space at its ends is removed.',
  secret:
    'The secret itself; or `credential:NAME`, a credential that systemd passes to the service (`LoadCredential=`); or `env:NAME`, a variable of the environment. Of a credential the first line counts. belfry never prints a secret.',
  path: 'A path. A relative path starts at the working directory of the daemon. `{configdirectory}` at the beginning is replaced.',
  mode: 'Permissions of a file, three octal digits: `0660`.',
  switch: '`yes` or `no`; also `1 y t true on` and `0 n f false off`.',
  integer: 'A number; `0x1f` is hexadecimal, `010` octal.',
  duration: 'Digits, each with a unit `w d h m s ms`, also `min` and `sec`: `30s`, `1d12h`. Without a unit: seconds.',
  durations: 'Durations separated by white space: `5s 30s 2m`.',
  rate: 'A number, a slash, and a time up to one day: `100/s`, `30/10m`.',
  size: 'Digits with `B K M G`, powers of 1024: `64K`, `2 MiB`, `1.5G`. Without a unit: bytes.',
  words: 'Words separated by white space. If only some words are allowed, case does not matter.',
  patterns: 'Names separated by white space. Put a name that contains white space into double quotes.',
  choice: 'One of the listed words; case does not matter.',
  url: 'An `http:` or `https:` URL.',
  command:
    'The absolute path of a program, and its arguments, separated by white space. There is no shell, and quotes have no effect.',
  expression:
    'An expression over the event, in CEL: docs/selection.md describes it. A text in it stands in double quotes.',
  map: 'Attributes with their patterns: `\\Junk=INBOX/Junk INBOX/Spam \\Sent="INBOX/Sent Items"`.',
};

const file = `The syntax is that of \`imapd.conf\` of Cyrus IMAP.

- Write one option on each line: \`name: value\`. A line that begins with \`#\` is a comment; a \`#\` in a value is text.
- A line that ends in a backslash continues on the next line.
- \`@include: FILE\` reads another file at that place. An option may occur only once in all files together.
- An option with the prefix \`belfry_\`, as in \`belfry_event_groups\`, is only for belfry, and takes precedence over the same
  option without it. So you can include a file of Cyrus, and write beside it what should be different for belfry.
- belfry accepts and ignores options of Cyrus that are not listed here. It reports any other unknown option.
- Options of one notifier take precedence over those for all: \`belfry_crm_retry_for\`, then \`crm_retry_for\`, then
  \`belfry_retry_for\`, then \`retry_for\`.
- The notifiers log, mailto, null and, if notify_external is set, exec are built in: requests that name their method
  can use them without a line in notifiers, unless notifiers lists a notifier of that method.`;

/** The body of a chapter: headings begin at level 3. Ends in a newline. */
export function configurationReference(
  methods: readonly Method[],
  intakes: readonly IntakeKind[] = intakeKinds,
): string {
  const blocks = [
    '### The file',
    file,
    '### Values',
    table(['Kind', 'Syntax'], usedKinds(methods)),
    '### Daemon',
    options(daemonOptions),
    '### Socket',
    options(socketOptions),
    '### Stream',
    'For sockets with `dlist:` in notifysocket, and for stream sockets passed by systemd or Cyrus master.',
    options(dlistOptions),
    '### HTTP',
    options(httpOptions),
    '### Administration',
    'The web page, the API and the metrics; see [the API](../api.md).',
    options(adminOptions),
    ...intakes.flatMap(({ options: record, settings }) =>
      settings === undefined ? [] : [`### ${settings.section}`, options(record)],
    ),
    '### Requests',
    options(requestOptions),
    '### Filters',
    'The `event_*` options of Cyrus. Cyrus applies them before it sends, belfry after it has received. A notifier can have its own: `NAME_event_groups`.',
    options(filterOptions),
    '### Events',
    options(eventOptions),
    '### Every notifier',
    'Written `NAME_events` for the notifier NAME, or `events` for all notifiers without their own. `NAME_method` exists only with a name.',
    options({ ...methodOption, ...sharedOptions }, (key) => `NAME_${key}`),
    ...methods.flatMap(method),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function method({ name, aliases, summary, options: record, attemptTimeout }: Method): readonly string[] {
  const also = aliases.length === 0 ? '' : ` Also called ${aliases.map(code).join(', ')}.`;
  const time = [
    `An attempt may take ${code(attemptTimeout.default)}, unless ${code('NAME_attempt_timeout')} says otherwise.`,
    ...(attemptTimeout.description === undefined ? [] : [attemptTimeout.description]),
  ];
  const heading = [`### Method ${name}`, `${summary}${also}`, time.join(' ')];
  if (Object.keys(record).length === 0) return [...heading, 'It has no options.'];
  const first = `${name}_${Object.keys(record)[0]}`;
  return [
    ...heading,
    `Written ${code(first)} for all notifiers of this method, or ${code(`NAME_${first}`)} for the notifier NAME.`,
    options(record, (key) => `${name}_${key}`),
  ];
}

function options(record: OptionRecord, nameOf = (key: string) => key): string {
  const offered = Object.entries(record).filter(([, option]) => !docsOf(option).hidden);
  const rows = offered.map(([key, option]) => [
    code(nameOf(key)),
    kindCell(option),
    defaultCell(option),
    meaningCell(option),
  ]);
  const details = offered.flatMap(([key, option]) => {
    const { details: more } = docsOf(option);
    return more === undefined ? [] : [`${code(nameOf(key))}: ${more}`];
  });
  return [table(['Option', 'Value', 'Default', 'Meaning'], rows), ...details].join('\n\n');
}

function kindCell(option: Option): string {
  const { kind } = docsOf(option);
  const { words = [], min, max } = limitsOf(option);
  if (kind === 'choice') return words.map(code).join(' ');
  const shown = bounds[kind];
  if (shown === undefined) return kind;
  const least = min === undefined || min <= 0 ? undefined : shown(min);
  const most = max === undefined || max === longestTimerMs ? undefined : shown(max);
  if (most !== undefined) return `${kind}, ${shown(min ?? 0)} to ${most}`;
  return least === undefined ? kind : `${kind}, at least ${least}`;
}

/** How the limits of numbers are written. */
const bounds: Partial<Record<OptionKind, (limit: number) => string>> = {
  integer: String,
  duration: formatDuration,
  durations: formatDuration,
  size: formatSize,
};

function defaultCell(option: Option): string {
  const { required, inherits, default: byDefault, absent } = docsOf(option);
  const own = byDefault === undefined ? (absent ?? (required ? '**required**' : 'none')) : code(byDefault);
  return inherits === undefined ? own : `that of ${code(inherits)}${byDefault === undefined ? '' : `, else ${own}`}`;
}

function meaningCell(option: Option): string {
  const { description, kind, example, secret } = docsOf(option);
  const { words = [] } = limitsOf(option);
  const parts = [description];
  if (kind === 'words' && words.length > 0) parts.push(`Allowed: ${words.map(code).join(' ')}.`);
  if (example !== undefined) parts.push(`Example: ${code(example)}.`);
  if (secret) parts.push('Never displayed or logged.');
  return parts.join(' ');
}

/** The kinds that some option has, each with its syntax. */
function usedKinds(methods: readonly Method[]): readonly (readonly [string, string])[] {
  const records: readonly OptionRecord[] = [
    globalOptions,
    { ...methodOption, ...sharedOptions },
    ...methods.map((one) => one.options),
  ];
  const used = new Set<string>(records.flatMap((record) => Object.values(record).map((option) => docsOf(option).kind)));
  return Object.entries(syntax).filter(([kind]) => used.has(kind));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** A pipe would end the cell, also within code. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
