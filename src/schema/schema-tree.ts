/** The files of the schemas as one tree, in which references lead from file to file. */
import { ifPossible } from '../base/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/event.ts';
import type { SchemaFile } from './schema-file.ts';

/** A schema inside a file. `uri` names it for ever and is what others refer to. */
export interface SchemaNode {
  readonly uri: string;
  readonly schema: JsonObject;
}

/** Stands before the path of each file, because references are resolved as URLs. Nothing is ever fetched from it. */
export const baseUri = 'https://belfry.invalid/';

export function uriOf({ path }: SchemaFile): string {
  return baseUri + path.split('/').map(encodeURIComponent).join('/');
}

export type SchemaTree = ReadonlyMap<string, JsonObject>;

/** A later file takes the place of an earlier one of the same path. */
export function schemaTree(files: readonly SchemaFile[]): SchemaTree {
  return new Map(files.map((file) => [uriOf(file), file.schema]));
}

/** What a node holds at these steps; undefined when that is no object. */
export function below(node: SchemaNode, ...steps: readonly string[]): SchemaNode | undefined {
  const part = schemaAt(node, ...steps);
  return typeof part === 'object' ? part : undefined;
}

/** The schema that a node holds at these steps, which can be `true` or `false`. */
export function schemaAt({ uri, schema }: SchemaNode, ...steps: readonly string[]): SchemaNode | boolean | undefined {
  const value = steps.reduce(entryOf, schema);
  if (typeof value === 'boolean') return value;
  if (!isJsonObject(value)) return undefined;
  const pointer = steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`);
  return { uri: `${uri.includes('#') ? uri : `${uri}#`}${pointer.join('')}`, schema: value };
}

/** What an array or an object holds at a step; undefined when it is neither, or holds nothing there. */
export function entryOf(value: Json | undefined, step: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(step)];
  return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** The strings in an array; none in anything else. */
export function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** What the `$ref` of a node leads to; undefined when it has none, or one that is no path with a JSON pointer. */
export function referred(tree: SchemaTree, { uri, schema }: SchemaNode): SchemaNode | undefined {
  const reference = schema['$ref'];
  if (typeof reference !== 'string' || !URL.canParse(reference, uri)) return undefined;
  const { href, hash } = new URL(reference, uri);
  const file = hash === '' ? href : href.slice(0, -hash.length);
  const root = tree.get(file);
  if (root === undefined) return undefined;
  const [first, ...steps] = hash.slice(1).split('/');
  if (first !== '') return undefined;
  return below({ uri: file, schema: root }, ...steps.map(readStep));
}

/** A step of a JSON pointer that stands in a URI. */
function readStep(step: string): string {
  return ifPossible(() => unescapeStep(decodeURIComponent(step))) ?? step;
}

/** A step of a JSON pointer (RFC 6901 §4). */
export function unescapeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
