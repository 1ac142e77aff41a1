/** Reads out of the schema of an event which parameters it has, so that they can be described and blamed one by one. */
import { isJsonObject, type Json, type JsonObject } from '../base/event.ts';
import type { EventDescription } from './event-schemas.ts';
import { jsonTypes } from './json-types.ts';
import { below, referred, type SchemaNode, type SchemaTree, textsIn } from './schema-tree.ts';

/** The schema that is to hold for one parameter. */
interface ParameterSchema {
  readonly name: string;
  /** Where the schema is: its own place when it stands with its event, or the one that it refers to. */
  readonly uri: string;
  /** What the value must be, in words. */
  readonly expected: string;
}

export interface EventSchema {
  readonly description: EventDescription;
  /** One parameter can stand here twice: as the event has it, and as all events have it. */
  readonly parameters: readonly ParameterSchema[];
  readonly required: readonly string[];
  /** Parts of the schema that ask for several parameters at once. */
  readonly rules: readonly Omit<ParameterSchema, 'name'>[];
}

/**
 * What the schema and those that its `allOf` refers to say of parameters. Keywords that belong to nobody in particular
 * (`anyOf`, `if`, …) are left to the validator, but for the parts of `allOf` that carry `x-expected`.
 */
export function readEventSchema(type: string, root: SchemaNode, tree: SchemaTree): EventSchema {
  const included = withInclusions(root, tree);
  const properties = included.flatMap((node) => {
    const names = below(node, 'properties');
    return names === undefined ? [] : Object.keys(names.schema).flatMap((name) => property(node, name, tree));
  });
  const required = new Set(included.flatMap(({ schema }) => textsIn(schema['required'])));
  const rules = included.flatMap((node) =>
    partsOf(node).flatMap(({ uri, schema }) =>
      typeof schema['x-expected'] === 'string' ? [{ uri, expected: schema['x-expected'] }] : [],
    ),
  );
  // What stands with the event says more than what stands with all events.
  const described = properties.filter(({ name }, i) => properties.findIndex((one) => one.name === name) === i);
  const { schema } = root;
  const example = firstObject(schema['examples']);
  return {
    description: {
      name: type,
      groups: textsIn(schema['x-groups']),
      title: textOf(schema['title']) ?? type,
      description: textOf(schema['description']) ?? '',
      source: textOf(schema['x-source']) ?? '',
      parameters: described
        .filter(({ name }) => name !== 'event')
        .map(({ name, expected, types, description, source }) => ({
          name,
          type: expected,
          types,
          required: required.has(name),
          description,
          source,
        })),
      rules: rules.map(({ expected }) => expected),
      ...(example === undefined ? {} : { example }),
    },
    parameters: properties.map(({ name, uri, expected }) => ({ name, uri, expected })),
    required: [...required],
    rules,
  };
}

function partsOf(node: SchemaNode): readonly SchemaNode[] {
  const parts = node.schema['allOf'];
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((_part, i) => below(node, 'allOf', String(i)) ?? []);
}

/** The node and what its `allOf` includes, and what that includes; each once, so that a circle comes to an end. */
function withInclusions(root: SchemaNode, tree: SchemaTree): readonly SchemaNode[] {
  const included = new Map([[root.uri, root]]);
  for (const node of included.values()) {
    for (const part of partsOf(node)) {
      const target = referred(tree, part) ?? part;
      if (!included.has(target.uri)) included.set(target.uri, target);
    }
  }
  return [...included.values()];
}

interface Property extends ParameterSchema {
  readonly types: readonly string[];
  readonly description: string;
  readonly source: string;
}

/** What stands beside a `$ref` describes the parameter before what it refers to does. */
function property(node: SchemaNode, name: string, tree: SchemaTree): readonly Property[] {
  const own = below(node, 'properties', name);
  if (own === undefined) return [];
  const target = referred(tree, own);
  const isMereReference = target !== undefined && Object.keys(own.schema).every((keyword) => annotations.has(keyword));
  const say = (keyword: string): string | undefined => textOf(own.schema[keyword]) ?? textOf(target?.schema[keyword]);
  return [
    {
      name,
      uri: isMereReference ? target.uri : own.uri,
      expected: say('x-expected') ?? kindOf(own) ?? kindOf(target) ?? 'any value',
      types: jsonTypes(own, tree),
      description: say('description') ?? '',
      source: say('x-source') ?? '',
    },
  ];
}

const annotations = new Set(['$ref', 'title', 'description', 'x-source', 'x-expected']);

/** For schemas that do not say it in words. */
function kindOf(node: SchemaNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  const { const: constant, enum: choice, type } = node.schema;
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(choice)) return choice.map((value) => JSON.stringify(value)).join(' or ');
  const types = typeof type === 'string' ? [type] : textsIn(type);
  return types.length === 0 ? undefined : types.map((one) => typeWords[one] ?? one).join(' or ');
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
};

function firstObject(value: Json | undefined): JsonObject | undefined {
  const [first] = Array.isArray(value) ? value : [];
  return isJsonObject(first) ? first : undefined;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
