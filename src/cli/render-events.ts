/** What `belfry events` prints: the catalogue of events by group, or all about one of them. */
import type { EventDescription, ParameterDescription } from '../schema/event-schemas.ts';
import { wrap } from './table.ts';

const width = 100;
const noGroup = 'in no group';

/** One block for each group, one line for each of its events. An event of two groups stands in both. */
export function renderCatalogue(catalogue: readonly EventDescription[]): string {
  const groups = new Set(catalogue.flatMap(({ groups }) => groups).sort());
  const nameWidth = Math.max(0, ...catalogue.map(({ name }) => name.length));
  const row = ({ name, title }: EventDescription): string => `  ${name.padEnd(nameWidth)}  ${title}`;
  const blocks = [...groups].map((group) => [
    group,
    ...catalogue.filter((event) => event.groups.includes(group)).map(row),
  ]);
  const others = catalogue.filter((event) => event.groups.length === 0);
  if (others.length > 0) blocks.push([noGroup, ...others.map(row)]);
  const last = `${catalogue.length} event types; belfry events NAME describes one.`;
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n\n${last}\n`;
}

/** What the event means, and each of its parameters with what it holds, what it means and the specification that defines it. */
export function renderEvent({ name, groups, title, description, source, parameters, rules }: EventDescription): string {
  const nameWidth = Math.max(0, ...parameters.map((parameter) => parameter.name.length));
  const section = (heading: string, members: readonly ParameterDescription[]): readonly string[] =>
    members.length === 0 ? [] : ['', heading, ...members.flatMap((member) => renderParameter(member, nameWidth))];
  const lines = [
    `${name}: ${title}`,
    ...wrap(description, width, '  '),
    '',
    `  Groups  ${groups.join(' ') || 'none; event_groups does not affect this type'}`,
    `  Source  ${source || 'not given'}`,
    ...section(
      'Required parameters',
      parameters.filter(({ required }) => required),
    ),
    ...rules.flatMap((rule) => wrap(`and ${rule}`, width, '  ')),
    ...section(
      'Optional parameters',
      parameters.filter(({ required }) => !required),
    ),
    '',
    'belfry passes on other parameters unchanged.',
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function renderParameter(
  { name, type, description, source }: ParameterDescription,
  nameWidth: number,
): readonly string[] {
  const meaning = source === '' ? description : `${description} (${source})`;
  const [first = '', ...rest] = wrap(type, width, ' '.repeat(nameWidth + 4));
  return [`  ${name.padEnd(nameWidth)}  ${first.trimStart()}`, ...rest, ...wrap(meaning.trim(), width, '      ')];
}
