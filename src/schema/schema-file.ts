/** Reads the files of the schemas: those that belfry ships, and those of `schema_directory`. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BelfryError, codeOf, messageOf } from '../base/error.ts';
import { isJsonObject, type JsonObject, withDoubles } from '../base/event.ts';
import { readStrictJson } from '../decode/strict-json.ts';
import { entryOf } from './schema-tree.ts';

/** One JSON Schema. */
export interface SchemaFile {
  /** Where it is, for messages. */
  readonly file: string;
  /** Names it in its directory and in references: `MessageNew.json`, `shared/parameter.json`. */
  readonly path: string;
  /** The type of the event that it describes; undefined for a file that others refer to. */
  readonly type: string | undefined;
  readonly schema: JsonObject;
  /** The same with each number as it was written: a limit of 63 bits is more than a double holds. */
  readonly written: JsonObject;
}

export interface SchemaDirectories {
  /** The schemas that are always there; by default those that belfry ships. */
  readonly directory?: string;
  /** `schema_directory`: schemas that are added, or take the place of those of the same name. */
  readonly override?: string | undefined;
}

/** What stands in the directories. */
export interface SchemaFiles {
  /** All of `directory`. */
  readonly base: readonly SchemaFile[];
  /** All of `override`. */
  readonly added: readonly SchemaFile[];
  /** Those that hold, in the order of their paths. */
  readonly files: readonly SchemaFile[];
}

/** The same both in the sources and in what is built from them. */
const shipped = fileURLToPath(new URL('../../config/schemas', import.meta.url));

/** Files in this folder describe no event: they hold what the schemas of events have in common. */
const sharedFolder = 'shared';
const extension = '.json';

/** Far beyond any real schema: a directory that was named by mistake must not fill the memory. */
const maxFiles = 1000;
const maxBytes = 1024 * 1024;
const maxDepth = 64;

/** Reads both directories. Throws BelfryError SCHEMA naming the file, and for JSON the line and the column. */
export async function readSchemaFiles({ directory = shipped, override }: SchemaDirectories): Promise<SchemaFiles> {
  const added = override === undefined ? [] : await filesOf(override);
  const base = await filesOf(directory);
  return { base, added, files: merge(base, added) };
}

/**
 * An added file takes the place of the shipped one of its name. Names that differ in case only are refused: an event
 * whose type is spelt otherwise, as Dovecot's MailboxUnsubscribe is, must have one schema.
 */
function merge(base: readonly SchemaFile[], added: readonly SchemaFile[]): readonly SchemaFile[] {
  const files = new Map(base.map((file) => [file.path, file]));
  for (const file of added) files.set(file.path, file);
  const seen = new Map<string, SchemaFile>();
  for (const file of files.values()) {
    const other = seen.get(file.path.toLowerCase());
    if (other !== undefined) {
      const remedy = `types are compared without case; call it ${other.path} to replace that one`;
      throw new BelfryError('SCHEMA', `${file.file}: differs from ${other.file} in case only; ${remedy}`);
    }
    seen.set(file.path.toLowerCase(), file);
  }
  return [...files.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * Every `NAME.json` of a directory, which is the schema of events of type NAME, and every file of its folder `shared`.
 * Other files are left alone.
 */
async function filesOf(directory: string): Promise<readonly SchemaFile[]> {
  const own = await namesIn(directory);
  if (own === undefined) {
    throw new BelfryError('SCHEMA', `${directory}: there is no such directory of schemas; create it or name another`);
  }
  const shared = (await namesIn(join(directory, sharedFolder))) ?? [];
  const paths = [...own, ...shared.map((name) => `${sharedFolder}/${name}`)];
  if (paths.length > maxFiles) {
    throw new BelfryError('SCHEMA', `${directory}: ${paths.length} schemas are too many; expected at most ${maxFiles}`);
  }
  return await Promise.all(paths.map((path) => readSchemaFile(directory, path)));
}

/** The names of its JSON files in their order; undefined when the directory does not exist. */
async function namesIn(directory: string): Promise<readonly string[] | undefined> {
  try {
    const entries = await readdir(directory);
    return entries.filter((name) => name.endsWith(extension) && name !== extension).sort();
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw new BelfryError('SCHEMA', `${directory}: the schemas cannot be read: ${messageOf(thrown)}`);
  }
}

async function readSchemaFile(directory: string, path: string): Promise<SchemaFile> {
  const file = join(directory, path);
  const { schema, written } = parse(file, await readText(file));
  const type = path.includes('/') ? undefined : path.slice(0, -extension.length);
  const refuse = (place: string, wrong: string): never => {
    throw new BelfryError('SCHEMA', `${file}: ${place}: ${wrong}`);
  };
  const groups = schema['x-groups'];
  if (groups !== undefined && !(Array.isArray(groups) && groups.every((group) => typeof group === 'string'))) {
    refuse('x-groups', 'expected an array of names of groups');
  }
  if (type !== undefined) {
    if (!/^[!-~]{1,128}$/.test(type)) {
      refuse('the name of the file', 'is not an event type; expected at most 128 printable ASCII characters');
    }
    const described = ['properties', 'event', 'const'].reduce(entryOf, schema);
    if (described !== undefined && described !== type) {
      refuse(
        'properties.event.const',
        `is ${JSON.stringify(described)}; expected ${JSON.stringify(type)}, as in the file's name`,
      );
    }
  }
  return { file, path, type, schema, written };
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw new Error(`it has ${size} bytes; expected at most ${maxBytes}`);
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new BelfryError('SCHEMA', `${file}: the schema cannot be read: ${messageOf(thrown)}`);
  }
}

function parse(file: string, text: string): Pick<SchemaFile, 'schema' | 'written'> {
  const json = readStrictJson(text, { maxLength: maxBytes, maxDepth });
  if (!json.ok) {
    const before = Buffer.from(text)
      .subarray(0, json.problem.byte ?? 0)
      .toString()
      .split('\n');
    const place = `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw new BelfryError('SCHEMA', `${place}: the schema is not JSON: ${json.problem.message}`);
  }
  const written = json.value;
  const schema = json.exact ? withDoubles(written) : written;
  if (isJsonObject(schema) && isJsonObject(written)) return { schema, written };
  throw new BelfryError('SCHEMA', `${file}: expected a JSON Schema, which is a JSON object`);
}
