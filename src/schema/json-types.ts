/** Which types of JSON a schema allows, for what is typed by the schemas: the expressions of NAME_when. */
import type { Json } from '../base/event.ts';
import { below, referred, type SchemaNode, type SchemaTree, textsIn } from './schema-tree.ts';

/** References and alternatives are followed so deep. */
const maxDepth = 8;

/** As `ParameterDescription.types`. Keywords that only narrow a type are left to the validator. */
export function jsonTypes(node: SchemaNode, tree: SchemaTree, depth = 0): readonly string[] {
  const { type, const: constant, enum: choice } = node.schema;
  if (constant !== undefined) return [typeOf(constant)];
  if (Array.isArray(choice)) return distinct(choice.map(typeOf));
  const written = typeof type === 'string' ? [type] : textsIn(type);
  if (written.length > 0) return distinct(written.map((one) => (one === 'array' ? arrayOf(node, tree, depth) : one)));
  if (depth >= maxDepth) return [];
  const target = referred(tree, node);
  if (target !== undefined) return jsonTypes(target, tree, depth + 1);
  const found = alternatives(node).map((one) => jsonTypes(one, tree, depth + 1));
  // One that may be anything makes anything of the whole.
  return found.some((types) => types.length === 0) ? [] : distinct(found.flat());
}

function arrayOf(node: SchemaNode, tree: SchemaTree, depth: number): string {
  const items = below(node, 'items');
  const [only, ...others] = items === undefined || depth >= maxDepth ? [] : jsonTypes(items, tree, depth + 1);
  return only === undefined || others.length > 0 ? 'array' : `array of ${only}`;
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return ['anyOf', 'oneOf'].flatMap((keyword) => {
    const parts = node.schema[keyword];
    return Array.isArray(parts) ? parts.flatMap((_part, i) => below(node, keyword, String(i)) ?? []) : [];
  });
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

function distinct(types: readonly string[]): readonly string[] {
  return [...new Set(types)];
}
