/** The schemas of the events as other programs use them: each by itself, and all of them in one document. */
import type { JsonObject } from '../base/event.ts';
import { readSchemaFiles, type SchemaDirectories } from './schema-file.ts';
import { baseUri, schemaTree, uriOf } from './schema-tree.ts';
import { selfContained } from './self-contained.ts';

export interface SchemaBundle {
  /** By type, in the order of names: a JSON Schema (draft 2020-12) that needs no other, with its `$id`. */
  readonly events: ReadonlyMap<string, JsonObject>;
  /** The schema of any event: all of `events` in its `$defs`, chosen by `event`. A type that is not there is not judged. */
  readonly whole: JsonObject;
  /** What many events have in common, by the path of its file, without references too: `shared/mailbox.json`. */
  readonly shared: ReadonlyMap<string, JsonObject>;
}

const draft = 'https://json-schema.org/draft/2020-12/schema';

/**
 * Types are compared with their case here, as JSON Schema does it. Numbers are ExactNumbers where a double cannot hold them: to
 * be written by `writeJson`. Throws BelfryError SCHEMA as `loadSchemas` does for files that cannot be read; whether they are
 * valid schemas is for `loadSchemas` to say.
 */
export async function bundleSchemas(directories: SchemaDirectories = {}): Promise<SchemaBundle> {
  const { files } = await readSchemaFiles(directories);
  const tree = schemaTree(files.map((file) => ({ ...file, schema: file.written })));
  const events = new Map<string, JsonObject>();
  const shared = new Map<string, JsonObject>();
  for (const file of files) {
    const { examples, ...schema } = selfContained({ uri: uriOf(file), schema: file.written }, tree);
    const last = examples === undefined ? {} : { examples };
    if (file.type !== undefined) events.set(file.type, { $schema: draft, $id: idOf(file.type), ...schema, ...last });
    else if (schema['properties'] !== undefined) shared.set(file.path, schema);
  }
  return { events, whole: wholeOf(events), shared };
}

/** A name, not a place: nothing can be fetched from it (RFC 2606 §2). */
const idOf = (type: string): string => `${baseUri}event/${encodeURIComponent(type)}`;

function wholeOf(events: ReadonlyMap<string, JsonObject>): JsonObject {
  return {
    $schema: draft,
    $id: `${baseUri}event`,
    title: 'Any event',
    description: 'An event of a mail server (RFC 5423). A type without a schema here is not checked.',
    type: 'object',
    properties: { event: { type: 'string', description: 'The type of the event.' } },
    required: ['event'],
    allOf: [...events.keys()].map((type) => ({
      if: { properties: { event: { const: type } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      then: { $ref: idOf(type) },
    })),
    $defs: Object.fromEntries(events),
  };
}
