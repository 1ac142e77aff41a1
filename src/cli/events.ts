/** `belfry events`: the catalogue of events, from their schemas. */
import type { Command } from 'commander';
import { BelfryError } from '../error.ts';
import type { EventDescription } from '../schema/event-schemas.ts';
import { loadSchemas } from '../schema/load-schemas.ts';
import { configurationFlag, loadOrThrow } from './configuration-file.ts';
import type { CommandIo } from './io.ts';

interface EventsFlags {
  readonly config?: string;
  readonly json?: true;
}

export function addEvents(program: Command, io: CommandIo): void {
  program
    .command('events')
    .summary('the catalogue of events: groups, parameters, types, sources')
    .description(
      'Lists the types of events that have a schema, by group, or describes one: its parameters, their types, and where ' +
        'the rules come from. With -C the schemas of schema_directory are included.',
    )
    .argument('[name]', 'type of event, like MessageNew')
    .option(...configurationFlag)
    .option('--json', 'as JSON, for programs')
    .action(async (name: string | undefined, { config, json }: EventsFlags) => {
      const override = config === undefined ? undefined : loadOrThrow(config, io.err).schemaDirectory;
      const catalogue = (await loadSchemas(override === undefined ? {} : { override })).catalogue();
      const chosen = name === undefined ? catalogue : [find(catalogue, name)];
      const [one] = chosen;
      if (json) io.out(`${JSON.stringify(name === undefined ? chosen : one, undefined, 2)}\n`);
      else if (name !== undefined && one !== undefined) io.out(renderEvent(one));
      else io.out(renderCatalogue(chosen));
    });
}

function find(catalogue: readonly EventDescription[], name: string): EventDescription {
  const found = catalogue.find((event) => event.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new BelfryError('USAGE', `there is no event "${name}" in the catalogue: belfry events lists them`);
}

const noGroup = 'in no group';

function renderCatalogue(catalogue: readonly EventDescription[]): string {
  const groups = new Set(catalogue.flatMap((event) => (event.groups.length > 0 ? event.groups : [noGroup])));
  const width = Math.max(...catalogue.map(({ name }) => name.length));
  const blocks = [...groups].map((group) => {
    const rows = catalogue
      .filter((event) => (group === noGroup ? event.groups.length === 0 : event.groups.includes(group)))
      .map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`);
    return [group, ...rows].join('\n');
  });
  return `${blocks.join('\n\n')}\n\n${catalogue.length} types of events. belfry events NAME describes one.\n`;
}

const textWidth = 96;

function renderEvent({ name, groups, title, description, source, parameters }: EventDescription): string {
  const head = [`${name}: ${title}`, `  ${description}`, `  Groups: ${groups.join(' ') || 'none'}. Source: ${source}.`];
  const section = (label: string, required: boolean): string[] => {
    const rows = parameters.filter((parameter) => parameter.required === required);
    if (rows.length === 0) return [];
    return [
      '',
      label,
      ...rows.flatMap((row) => [`  ${row.name}`, ...wrap(`${row.description} ${row.type} (${row.source})`)]),
    ];
  };
  const open = ['', 'Other parameters pass as they are.'];
  return `${[...head, ...section('Always there', true), ...section('May be there', false), ...open].join('\n')}\n`;
}

/** Text in lines of bounded width, set in under the name. */
function wrap(text: string): string[] {
  const indent = '      ';
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > textWidth && line !== indent) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line];
}
