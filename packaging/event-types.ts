/** TypeScript types of the events, made from their schemas, for programs that receive them from belfry. */
import { isJsonObject, type Json, type JsonObject, writeJson } from '../src/base/event.ts';
import type { SchemaBundle } from '../src/schema/bundle.ts';
import type { EventDescription } from '../src/schema/event-schemas.ts';
import { bodyTypes } from './body-schemas.ts';
import { envelopeSchema, headersSchema } from './webhook-schemas.ts';

/**
 * The text of a module of declarations: an interface for what stands in each shared file, and one that extends those for
 * each event. `catalogue`: the events in words. Throws Error for a schema that it cannot make a type of.
 */
export function eventTypes(
  { events, shared }: Pick<SchemaBundle, 'events' | 'shared'>,
  catalogue: readonly EventDescription[],
): string {
  const types = [...events.keys()];
  const rules = new Map(catalogue.map((event) => [event.name, event.rules]));
  const bases = [...shared].map(([path, schema]) => ({
    name: `${identifier(path.replace(/^shared\/|\.json$/g, ''))}Parameters`,
    schema,
  }));
  const parts = [
    '/** The events of belfry as TypeScript has them. Made from the schemas in config/schemas: not to be edited. */',
    [
      ...comment(
        'Any event of a type that has a schema, told apart by `event`. A parameter that no schema names is not here. Numbers have up to 63 bits: JSON.parse rounds what is beyond 2^53.',
      ),
      'export type MailEvent =',
      ...types.map((type, i) => `  | ${identifier(type)}${i === types.length - 1 ? ';' : ''}`),
    ].join('\n'),
    ...[...events].map(([type, schema]) => {
      const carried = (rules.get(type) ?? []).map((rule) => `Carries ${rule}.`);
      return declaration({ name: identifier(type), schema, bases, remarks: carried });
    }),
    ...bases.map((base) => declaration(base)),
    declaration({ name: 'RequestEnvelope', schema: envelopeSchema }),
    ...Object.entries(bodyTypes).map(([name, schema]) => declaration({ name, schema })),
    declaration({ name: 'WebhookHeaders', schema: headersSchema }),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** `vnd.cmu.MessageCopy` is VndCmuMessageCopy. */
function identifier(type: string): string {
  return type
    .split(/[^0-9A-Za-z]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}

interface Declared {
  readonly name: string;
  /** Of an object. */
  readonly schema: JsonObject;
}

/** An interface that extends those `bases` whose properties it has all, and repeats none that it has as they do. */
function declaration({
  name,
  schema,
  bases = [],
  remarks = [],
}: Declared & {
  readonly bases?: readonly Declared[];
  readonly remarks?: readonly string[];
}): string {
  const own = propertiesOf(schema);
  const extended = bases.filter((base) => [...propertiesOf(base.schema).keys()].every((property) => own.has(property)));
  const members = [...own].flatMap(([property, { value, isRequired }]) => {
    const line = `readonly ${/^[A-Za-z_]\w*$/.test(property) ? property : `'${property}'`}${isRequired ? '' : '?'}: ${typeOf(value, `${name}.${property}`)};`;
    const written = [...comment(described(value)), line].map((text) => `  ${text}`);
    const isInherited = extended.some((base) => {
      const inherited = propertiesOf(base.schema).get(property);
      return inherited?.isRequired === isRequired && writeJson(inherited.value) === writeJson(value);
    });
    return isInherited ? [] : written;
  });
  const heading = extended.length === 0 ? '' : ` extends ${extended.map((base) => base.name).join(', ')}`;
  const text = [described(schema), ...remarks].join(' ');
  return [...comment(text), `export interface ${name}${heading} {`, ...members, '}'].join('\n');
}

interface Property {
  readonly value: JsonObject;
  readonly isRequired: boolean;
}

function propertiesOf({ properties, required }: JsonObject): ReadonlyMap<string, Property> {
  const names = new Set(Array.isArray(required) ? required : []);
  const entries = isJsonObject(properties) ? Object.entries(properties) : [];
  return new Map(
    entries.map(([name, value]) => [name, { value: isJsonObject(value) ? value : {}, isRequired: names.has(name) }]),
  );
}

function described(schema: JsonObject): string {
  const { description, $comment: source } = schema;
  return `${description ?? ''}${source === undefined ? '' : ` (${source})`}`.trim();
}

const width = 120;

/** A comment of one line, or of as many as it takes. */
function comment(text: string): readonly string[] {
  const safe = text.replaceAll('*/', '* /');
  if (safe === '') return [];
  if (safe.length < width - 10) return [`/** ${safe} */`];
  const lines: string[] = [];
  for (const word of safe.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > width - 6) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return ['/**', ...lines.map((line) => ` * ${line}`), ' */'];
}

const simple: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** The type of the values that a schema takes, or of more than them. */
function typeOf(schema: Json | undefined, place: string): string {
  if (schema === undefined || schema === true) return 'unknown';
  if (!isJsonObject(schema)) throw new Error(`${place}: there is no type for this schema`);
  const { const: constant, enum: choice, anyOf, type, items, additionalProperties } = schema;
  if (constant !== undefined) return literal(constant, place);
  if (Array.isArray(choice)) return union(choice.map((value) => literal(value, place)));
  if (Array.isArray(anyOf)) return union(anyOf.map((part) => typeOf(part, place)));
  if (type === 'array') return `readonly ${element(typeOf(items, place))}[]`;
  if (type === 'object' && isJsonObject(schema['properties'])) {
    const members = [...propertiesOf(schema)].map(
      ([name, { value, isRequired }]) =>
        `readonly ${name}${isRequired ? '' : '?'}: ${typeOf(value, `${place}.${name}`)}`,
    );
    return `{\n${members.map((line) => `    ${line};\n`).join('')}  }`;
  }
  if (type === 'object') return `Readonly<Record<string, ${typeOf(additionalProperties, place)}>>`;
  const plain = typeof type === 'string' ? simple[type] : undefined;
  if (plain === undefined) throw new Error(`${place}: there is no type for this schema`);
  return plain;
}

function element(type: string): string {
  return type.includes(' ') ? `(${type})` : type;
}

function literal(value: Json, place: string): string {
  if (typeof value !== 'string' || /['\\\n]/.test(value)) throw new Error(`${place}: only plain strings are written`);
  return `'${value}'`;
}

/** Each type once; a literal of text says nothing beside any text. */
function union(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  return distinct.filter((type) => !(type.startsWith("'") && distinct.includes('string'))).join(' | ');
}
