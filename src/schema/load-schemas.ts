/** Loads and compiles the schemas of the events. */
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { BelfryError, messageOf } from '../error.ts';
import type { MailEvent } from '../event.ts';
import type { EventDescription, EventSchemas, Validity } from './event-schemas.ts';
import { parameterErrors } from './parameter-errors.ts';
import { readSchemaDirectory, type SchemaFile } from './schema-file.ts';

export interface LoadSchemasOptions {
  /** The schemas that are always there; by default those that belfry ships. */
  readonly directory?: string;
  /** `schema_directory`: schemas that are added, or take the place of those of the same name. */
  readonly override?: string;
}

/** Both in the sources and in what is built from them. */
const shipped = fileURLToPath(new URL('../../config/schemas', import.meta.url));

const shared = 'common';
const idOf = (name: string): string => `https://belfry.invalid/schemas/${name}.json`;

/** Dovecot's spelling of the name that IANA has registered (RFC 5423 §4.3). */
const aliases: ReadonlyMap<string, string> = new Map([['MailboxUnsubscribe', 'MailboxUnSubscribe']]);

const knownAndValid: Validity = { ok: true, known: true };
const unknownAndValid: Validity = { ok: true, known: false };

/** Throws BelfryError SCHEMA naming the file and what is wrong with it. */
export async function loadSchemas({ directory = shipped, override }: LoadSchemasOptions = {}): Promise<EventSchemas> {
  const files = new Map(readSchemaDirectory(directory).map((file) => [file.name, file]));
  for (const file of override === undefined ? [] : readSchemaDirectory(override)) files.set(file.name, file);

  const ajv = new Ajv2020({
    strict: true,
    strictRequired: false,
    strictTypes: false,
    allErrors: false,
    validateFormats: false,
  });
  ajv.addVocabulary(['x-groups', 'x-source']);
  for (const file of files.values()) {
    try {
      ajv.addSchema({ ...file.schema, $id: idOf(file.name) });
    } catch (thrown) {
      throw new BelfryError('SCHEMA', `${file.file} is no JSON Schema: ${messageOf(thrown)}`);
    }
  }
  const events = [...files.values()].filter(({ name }) => name !== shared);
  const compiled = new Map(events.map((file) => [file.name, compile(ajv, file)]));
  const descriptions = new Map(events.map((file) => [file.name, describe(file, files.get(shared))]));

  return {
    validate(event: MailEvent): Validity {
      const name = aliases.get(event.event) ?? event.event;
      const validate = compiled.get(name);
      if (validate === undefined) return unknownAndValid;
      const meant = name === event.event ? event : { ...event, event: name };
      if (validate(meant)) return knownAndValid;
      const parameters = descriptions.get(name)?.parameters;
      const expectation = (parameter: string): string | undefined =>
        parameters?.find((one) => one.name === parameter)?.type;
      return { ok: false, errors: parameterErrors(validate.errors ?? [], event, expectation) };
    },
    catalogue: () => [...descriptions.values()],
  };
}

function compile(ajv: Ajv2020, { file, name }: SchemaFile): ValidateFunction {
  try {
    const validate = ajv.getSchema(idOf(name));
    if (validate === undefined) throw new Error('it cannot be found');
    return validate;
  } catch (thrown) {
    throw new BelfryError('SCHEMA', `${file} cannot be compiled: ${messageOf(thrown)}`);
  }
}

function describe({ name, schema }: SchemaFile, common: SchemaFile | undefined): EventDescription {
  const kinds = Object(common?.schema['$defs'] ?? {}) as Readonly<Record<string, { readonly description?: string }>>;
  const required = new Set(schema.required);
  return {
    name,
    groups: schema['x-groups'] ?? [],
    title: schema.title ?? name,
    description: schema.description ?? '',
    source: schema['x-source'] ?? '',
    parameters: Object.entries(schema.properties ?? {})
      .filter(([parameter]) => parameter !== 'event')
      .map(([parameter, { $ref, description = '', 'x-source': source = '' }]) => ({
        name: parameter,
        type: kinds[$ref?.split('/').at(-1) ?? '']?.description ?? 'Any value.',
        required: required.has(parameter),
        description,
        source,
      })),
  };
}
