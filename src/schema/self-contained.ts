/** Makes one schema that needs no other out of the schema of an event and those that it refers to, for validators other than ours. */
import { BelfryError } from '../base/error.ts';
import { isJsonObject, type Json, type JsonObject, writeJson } from '../base/event.ts';
import { ownFormats } from './format.ts';
import { baseUri, referred, type SchemaNode, type SchemaTree, schemaAt, textsIn } from './schema-tree.ts';

/** Schemas that refer to each other twice over, level by level, would make one of any size. */
const maxParts = 20_000;

/** Keywords whose value is a schema, an array of schemas, or an object of schemas. */
const one = [
  ...['items', 'contains', 'not', 'if', 'then', 'else', 'propertyNames', 'contentSchema'],
  ...['additionalProperties', 'unevaluatedProperties', 'unevaluatedItems'],
];
const many = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const named = ['properties', 'patternProperties', 'dependentSchemas'];

/** What says nothing outside of its file, or stands in its place here. */
const left = new Set(['$schema', '$id', '$defs', '$anchor', '$ref', '$comment']);
const annotations = new Set(['title', 'description', '$comment', 'examples']);

/**
 * A schema that takes what `root` takes, with every reference replaced by what it leads to. Keywords and formats that are
 * belfry's own are gone, but `x-source`, which is the `$comment`. `$id` is not set. A schema that refers to itself keeps
 * such references, into `$defs`. Throws BelfryError SCHEMA for a reference that is no path with a JSON pointer.
 */
export function selfContained(root: SchemaNode, tree: SchemaTree): JsonObject {
  const recursive = new Map<string, { readonly name: string; readonly node: SchemaNode }>();
  let parts = 0;

  /** `within`: the schemas that are being replaced, by their URIs. */
  function inlined(node: SchemaNode, within: ReadonlySet<string>): JsonObject {
    parts += 1;
    if (parts > maxParts) throw refusal(root, `is made of more than ${maxParts} parts; let it refer to fewer`);
    const { schema } = node;
    const own: Record<string, Json> = {};
    const comment = schema['x-source'] ?? schema['$comment'];
    for (const [keyword, value] of Object.entries(schema)) {
      if (left.has(keyword) || keyword.startsWith('x-')) continue;
      if (keyword === '$dynamicRef') throw refusal(node, 'has a $dynamicRef, which only belfry follows; use $ref');
      if (keyword === 'format' && typeof value === 'string' && Object.hasOwn(ownFormats, value)) continue;
      own[keyword] = keywordValue(node, keyword, value, within);
    }
    if (comment !== undefined) own['$comment'] = comment;
    const merged = withMergedParts(own);
    return schema['$ref'] === undefined ? merged : combined(merged, target(node, within));
  }

  function keywordValue(node: SchemaNode, keyword: string, value: Json, within: ReadonlySet<string>): Json {
    const at = (...steps: readonly string[]): Json => {
      const part = schemaAt(node, keyword, ...steps);
      return typeof part === 'object' ? inlined(part, within) : (part ?? true);
    };
    if (one.includes(keyword)) return at();
    if (many.includes(keyword) && Array.isArray(value)) return value.map((_part, i) => at(String(i)));
    if (!named.includes(keyword) || !isJsonObject(value)) return value;
    return Object.fromEntries(Object.keys(value).map((name) => [name, at(name)]));
  }

  function target(node: SchemaNode, within: ReadonlySet<string>): JsonObject {
    const found = referred(tree, node);
    if (found === undefined) {
      throw refusal(node, `refers to ${JSON.stringify(node.schema['$ref'])}; expected a path with a JSON pointer`);
    }
    const uri = found.uri.includes('#') ? found.uri : `${found.uri}#`;
    if (!within.has(uri)) return inlined(found, new Set([...within, uri]));
    const again = recursive.get(uri) ?? { name: `recursive-${recursive.size + 1}`, node: found };
    recursive.set(uri, again);
    return { $ref: `#/$defs/${again.name}` };
  }

  const whole = inlined(root, new Set([`${root.uri}#`]));
  const definitions: Record<string, Json> = {};
  // To make a definition can find a further one.
  for (const [uri, { name, node }] of recursive) definitions[name] = inlined(node, new Set([uri]));
  return recursive.size === 0 ? whole : { ...whole, $defs: definitions };
}

/** What stands beside a reference describes what it refers to better; what it asks for holds as well. */
function combined(own: JsonObject, target: JsonObject): JsonObject {
  if (Object.keys(own).every((keyword) => annotations.has(keyword))) return { ...target, ...own };
  const parts = own['allOf'];
  return { ...own, allOf: [...(Array.isArray(parts) ? parts : []), target] };
}

/** The schema with those parts of its `allOf` in its own `properties` and `required` that consist of nothing else. */
function withMergedParts(schema: JsonObject): JsonObject {
  const parts = schema['allOf'];
  if (!Array.isArray(parts) || schema['additionalProperties'] !== undefined) return schema;
  const properties: Record<string, Json> = { ...objectOf(schema['properties']) };
  const required = new Set(textsIn(schema['required']));
  const rest: Json[] = [];
  for (const part of parts) {
    const merged = isJsonObject(part) && isOfProperties(part) ? mergedProperties(properties, part) : undefined;
    if (merged === undefined) {
      rest.push(part);
    } else {
      Object.assign(properties, merged);
      for (const name of textsIn(isJsonObject(part) ? part['required'] : undefined)) required.add(name);
    }
  }
  if (rest.length === parts.length) return schema;
  const { allOf: _, properties: _own, required: _asked, ...others } = schema;
  return {
    ...others,
    properties,
    ...(required.size === 0 ? {} : { required: [...required] }),
    ...(rest.length === 0 ? {} : { allOf: rest }),
  };
}

function isOfProperties(part: JsonObject): boolean {
  const { type, properties, required, ...others } = part;
  const isWellFormed = type === 'object' && isJsonObject(properties ?? {}) && Array.isArray(required ?? []);
  return isWellFormed && Object.keys(others).every((keyword) => annotations.has(keyword));
}

/** The properties of the part as they are to stand beside these; undefined when one of them cannot be one schema with its namesake. */
function mergedProperties(properties: JsonObject, part: JsonObject): JsonObject | undefined {
  const merged: Record<string, Json> = {};
  for (const [name, common] of Object.entries(objectOf(part['properties']))) {
    const special = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const both = special === undefined ? common : mergedSchemas(special, common);
    if (both === undefined) return undefined;
    merged[name] = both;
  }
  return merged;
}

/** Keywords that hold by themselves, whatever stands beside them. */
const independent = ['type', 'const', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'];

/** One schema for what both ask; undefined when they ask the same thing differently. */
function mergedSchemas(special: Json, common: Json): Json | undefined {
  if (writeJson(special) === writeJson(common)) return special;
  if (!isJsonObject(special) || !isJsonObject(common)) return undefined;
  const isMergeable = Object.entries(common).every(
    ([keyword, value]) =>
      annotations.has(keyword) ||
      (independent.includes(keyword) &&
        (special[keyword] === undefined || writeJson(special[keyword]) === writeJson(value))),
  );
  return isMergeable ? { ...common, ...special } : undefined;
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

function refusal({ uri }: SchemaNode, wrong: string): BelfryError {
  return new BelfryError('SCHEMA', `${uri.replaceAll(baseUri, '')}: the schema ${wrong}`);
}
