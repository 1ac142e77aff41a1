/** Loads and compiles the schemas of the events. */
import { setImmediate } from 'node:timers/promises';
import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import { BelfryError, messageOf } from '../base/error.ts';
import type { MailEvent } from '../base/event.ts';
import { type EventSchema, readEventSchema } from './event-schema.ts';
import type { EventSchemas, ParameterErrors, Validity } from './event-schemas.ts';
import { formats } from './format.ts';
import { addLinearUniqueItems, patternEngine, patternsIn } from './linear-pattern.ts';
import { type Check, parameterErrors } from './parameter-errors.ts';
import { readSchemaFiles, type SchemaDirectories, type SchemaFile } from './schema-file.ts';
import { baseUri, schemaTree, uriOf } from './schema-tree.ts';

const knownAndValid: Validity = { ok: true, known: true };
const unknownAndValid: Validity = { ok: true, known: false };

interface Compiled {
  readonly type: string;
  readonly schema: EventSchema;
  /** Compiles the schema when it is called for the first time. */
  readonly validator: () => ValidateFunction;
}

/**
 * Reads all schemas. Where files were added to the shipped ones, which may change what these mean, all are compiled now;
 * else each with the first event of its type, because that takes some 10 ms and few servers send all types. The event
 * loop turns between them, so that a reload does not keep requests waiting.
 * Throws BelfryError SCHEMA naming the file and the place in it.
 */
export async function loadSchemas(directories: SchemaDirectories = {}): Promise<EventSchemas> {
  const { base, added, files } = await readSchemaFiles(directories);
  const engine = added.length === 0 ? {} : { code: await codeFor(base) };
  const ajv = validator(files, new Set(added), engine);
  const tree = schemaTree(files);
  const byType = new Map<string, Compiled>();
  for (const file of files) {
    if (file.type === undefined) continue;
    let validate = added.length === 0 ? undefined : compile(ajv, file);
    const validator = (): ValidateFunction => {
      validate ??= compile(ajv, file);
      return validate;
    };
    const schema = readEventSchema(file.type, { uri: uriOf(file), schema: file.schema }, tree);
    byType.set(file.type, { type: file.type, schema, validator });
    await setImmediate();
  }
  return eventSchemas(byType, checker(files, engine));
}

const options: Options = {
  // The first error ends it, so that the length of a string is tested before its pattern.
  allErrors: false,
  // Lengths in UTF-16 units need no walk through the string.
  unicode: false,
  // Optimised code is no faster here, and takes half as long again to make.
  code: { optimize: false },
  logger: false,
  formats,
};

/** For schemas that were added: what the shipped ones hold is proven linear by a test. */
async function codeFor(base: readonly SchemaFile[]): Promise<NonNullable<Options['code']>> {
  const proven = new Set(base.flatMap(({ schema }) => patternsIn(schema)));
  return { ...options.code, regExp: await patternEngine(proven) };
}

/** Only the added files are checked against the schema of schemas: to compile that takes a third of all the time. */
function validator(files: readonly SchemaFile[], added: ReadonlySet<SchemaFile>, engine: Options): Ajv2020 {
  // A parameter is required in one place and described in another.
  const ajv = new Ajv2020({ ...options, ...engine, strict: true, strictRequired: false });
  addLinearUniqueItems(ajv);
  ajv.addVocabulary(['x-source', 'x-expected', 'x-groups']);
  for (const file of files) {
    try {
      // Wherever it says that it belongs: references lead through the directory.
      ajv.addSchema({ ...file.schema, $id: uriOf(file) }, undefined, false, added.has(file));
    } catch (thrown) {
      throw new BelfryError('SCHEMA', `${file.file}: not a JSON Schema of draft 2020-12: ${plain(thrown)}`);
    }
  }
  return ajv;
}

function compile(ajv: Ajv2020, file: SchemaFile): ValidateFunction {
  try {
    const validate = ajv.getSchema(uriOf(file));
    if (validate !== undefined) return validate;
    throw new Error('it cannot be found');
  } catch (thrown) {
    throw new BelfryError('SCHEMA', `${file.file}: the schema cannot be compiled: ${plain(thrown)}`);
  }
}

/** Without the URI that stands before the paths. */
const plain = (thrown: unknown): string => messageOf(thrown).replaceAll(baseUri, '');

/**
 * Checks values against parts of the schemas. Parts are compiled when an event is refused for the first time, and not
 * strictly, because a part may rest on what stands around it; as wholes the schemas have been found right.
 */
function checker(files: readonly SchemaFile[], engine: Options): Check {
  let ajv: Ajv2020 | undefined;
  const parts = new Map<string, ValidateFunction | undefined>();
  const partAt = (uri: string): ValidateFunction | undefined => {
    if (ajv === undefined) {
      ajv = new Ajv2020({ ...options, ...engine, strict: false, validateSchema: false });
      addLinearUniqueItems(ajv);
      for (const file of files) ajv.addSchema({ ...file.schema, $id: uriOf(file) });
    }
    // That one reads the URI anew each time.
    if (!parts.has(uri)) parts.set(uri, ajv.getSchema(uri));
    return parts.get(uri);
  };
  return (uri, value) => {
    const validate = partAt(uri);
    return validate === undefined || validate(value) ? [] : (validate.errors ?? []);
  };
}

/** What is wrong is found out when it is asked for: of a flood of such events nobody asks for most. */
class Refused {
  readonly ok = false;
  readonly #find: () => ParameterErrors;
  #errors: ParameterErrors | undefined;

  constructor(find: () => ParameterErrors) {
    this.#find = find;
  }

  get errors(): ParameterErrors {
    this.#errors ??= this.#found();
    return this.#errors;
  }

  #found(): ParameterErrors {
    try {
      return this.#find();
    } catch (thrown) {
      return failed(thrown);
    }
  }
}

/** A pattern of schema_directory that knows no bounds runs out of stack on a long string. */
function failed(thrown: unknown): ParameterErrors {
  return [{ parameter: '', message: `the schema fails on the event: ${messageOf(thrown)}` }];
}

function eventSchemas(byType: ReadonlyMap<string, Compiled>, check: Check): EventSchemas {
  const byAnyCase = new Map([...byType.values()].map((one) => [one.type.toLowerCase(), one]));
  const catalogue = [...byType.values()].map(({ schema }) => schema.description);

  function judge(event: MailEvent): Validity {
    const compiled = byType.get(event.event) ?? byAnyCase.get(event.event.toLowerCase());
    if (compiled === undefined) return unknownAndValid;
    const spelt = compiled.type === event.event ? event : { ...event, event: compiled.type };
    const validate = compiled.validator();
    if (validate(spelt)) return knownAndValid;
    // The next event has others.
    const found = validate.errors ?? [];
    return new Refused(() => parameterErrors(compiled.schema, spelt, found, check));
  }

  function validate(event: MailEvent): Validity {
    try {
      return judge(event);
    } catch (thrown) {
      return { ok: false, errors: failed(thrown) };
    }
  }

  return { validate, catalogue: () => catalogue };
}
