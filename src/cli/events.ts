/** `belfry events`: the catalogue of events, from their schemas. */
import { type Command, Option } from 'commander';
import { BelfryError } from '../base/error.ts';
import { writeIndentedJson } from '../base/event.ts';
import { escapedJson } from '../base/printable.ts';
import { quoted } from '../decode/decoded.ts';
import { nearest } from '../option/nearest.ts';
import type { EventDescription } from '../schema/event-schemas.ts';
import type { SchemaDirectories } from '../schema/schema-file.ts';
import { configurationFlag, loadOrThrow } from './configuration-file.ts';
import type { CommandIo } from './io.ts';
import { renderCatalogue, renderEvent } from './render-events.ts';

interface EventsFlags {
  readonly config?: string;
  readonly json?: true;
  readonly example?: true;
  readonly bundle?: true;
}

export function addEvents(program: Command, io: CommandIo): void {
  program
    .command('events')
    .summary('event types and their schemas')
    .description(
      'Lists the event types that have a schema, by group, or describes one: its parameters, their types and the source ' +
        'of the rules. With -C the list includes the schemas of schema_directory.',
    )
    .argument('[name]', 'event type, like MessageNew')
    .option(...configurationFlag)
    .option('--json', 'print JSON, for programs')
    .option('--example', 'print a valid event of the type on one line, for belfry send --event - or belfry explain')
    .addOption(
      new Option(
        '--bundle',
        'print a self-contained JSON Schema of the type, or of all types, for any validator',
      ).conflicts(['json', 'example']),
    )
    .action(async (name: string | undefined, { config, json, example, bundle }: EventsFlags) => {
      if (example && name === undefined) {
        throw new BelfryError('USAGE', '--example needs a type: belfry events MessageNew --example');
      }
      const { loadSchemas } = await import('../schema/load-schemas.ts');
      const override = config === undefined ? undefined : (await loadOrThrow(config, io.err)).schemaDirectory;
      const catalogue = (await loadSchemas({ override })).catalogue();
      const event = name === undefined ? undefined : find(catalogue, name);
      if (bundle) io.out(await bundled({ override }, event));
      else if (example && event !== undefined) io.out(`${exampleOf(event)}\n`);
      else if (json) io.out(indented(event ?? catalogue));
      else io.out(event === undefined ? renderCatalogue(catalogue) : renderEvent(event));
    });
}

const indented = (value: unknown): string => `${escapedJson(writeIndentedJson(value))}\n`;

/** The schema of the event, or of all. */
async function bundled(directories: SchemaDirectories, event: EventDescription | undefined): Promise<string> {
  const { bundleSchemas } = await import('../schema/bundle.ts');
  const { events, whole } = await bundleSchemas(directories);
  return indented(event === undefined ? whole : events.get(event.name));
}

/** Throws BelfryError BAD_INPUT when the schema has none. */
function exampleOf({ name, example }: EventDescription): string {
  if (example !== undefined) return escapedJson(JSON.stringify(example));
  throw new BelfryError(
    'BAD_INPUT',
    `the schema of ${name} has no example; add "examples": [{ "event": "${name}", … }]`,
  );
}

/** The event of this name, in any case. Throws BelfryError USAGE with what was probably meant. */
function find(catalogue: readonly EventDescription[], name: string): EventDescription {
  const found = catalogue.find((event) => event.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const near = nearest(
    name,
    catalogue.map((event) => event.name),
  );
  const remedy = near === undefined ? 'belfry events lists them' : `did you mean ${near}?`;
  throw new BelfryError('USAGE', `unknown event type ${quoted(name)}; ${remedy}`);
}
