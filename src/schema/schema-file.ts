/** Reads the files of schemas: those that belfry ships, and those of `schema_directory`, which add to them or replace them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BelfryError, messageOf } from '../error.ts';

const parameter = z.looseObject({
  $ref: z.string().optional(),
  description: z.string().optional(),
  'x-source': z.string().optional(),
});

/** What is asked of a schema beyond being one (JSON Schema 2020-12). */
const eventSchema = z.looseObject({
  $id: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  'x-groups': z.array(z.string()).optional(),
  'x-source': z.string().optional(),
  required: z.array(z.string()).optional(),
  properties: z.record(z.string(), parameter).optional(),
});

export type EventSchema = z.infer<typeof eventSchema>;

export interface SchemaFile {
  /** Path, for messages. */
  readonly file: string;
  /** Name of the file without `.json`: the type of the event, or `common`. */
  readonly name: string;
  readonly schema: EventSchema;
}

const maxBytes = 1024 * 1024;

/** Every `*.json` of a directory, by name. Throws BelfryError SCHEMA naming the file. */
export function readSchemaDirectory(directory: string): readonly SchemaFile[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch (thrown) {
    throw new BelfryError('SCHEMA', `schema_directory ${directory} cannot be read: ${messageOf(thrown)}`);
  }
  return [...names].sort().map((name) => readSchemaFile(join(directory, name), name.slice(0, -'.json'.length)));
}

function readSchemaFile(file: string, name: string): SchemaFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new BelfryError('SCHEMA', `${file} cannot be read: ${messageOf(thrown)}`);
  }
  if (text.length > maxBytes) throw new BelfryError('SCHEMA', `${file} is larger than ${maxBytes} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new BelfryError('SCHEMA', `${file} is not JSON: ${messageOf(thrown)}`);
  }
  const parsed = eventSchema.safeParse(json);
  if (parsed.success) return { file, name, schema: parsed.data };
  const [issue] = parsed.error.issues;
  throw new BelfryError('SCHEMA', `${file}: ${issue?.path.join('.') || 'the schema'}: ${issue?.message}`);
}
