/** The published schemas in a validator that knows nothing of belfry: they take what belfry's own take. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type JsonObject, type MailEvent, withDoubles, writeIndentedJson, writeJson } from '../../src/base/event.ts';
import { bundleSchemas } from '../../src/schema/bundle.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { sampleOf, samples, without } from './samples.ts';
import { wrongFor, wrongValues } from './wrong-values.ts';

const { events, whole } = await bundleSchemas();
const catalogue = (await loadSchemas()).catalogue();

/** What `JSON.parse` makes of a schema that was written. */
const read = (schema: JsonObject): JsonObject => JSON.parse(writeIndentedJson(schema));

/** Compiled once for all that ask for it: each schema stands alone, so what else the validator knows changes nothing. */
const strict = strictly();
const compiled = new Map<string, ValidateFunction>();
function validatorOf(type: string, schema: JsonObject): ValidateFunction {
  const known = compiled.get(type) ?? strict.compile(schema);
  compiled.set(type, known);
  return known;
}

/** A validator as anybody has it, in its strictest mode, with all that it has to say as an error. */
function strictly(): Ajv2020 {
  const complain = (text: string): never => {
    throw new Error(text);
  };
  return new Ajv2020({ strict: true, allErrors: true, logger: { log: complain, warn: complain, error: complain } });
}

const originals = readOriginals();
const asSent = (event: MailEvent): unknown => JSON.parse(writeJson(event));

describe('the published schemas', () => {
  it('are those of all types', () => {
    expect([...events.keys()]).toEqual(catalogue.map(({ name }) => name));
    for (const [type, schema] of events) expect(schema['$id']).toBe(`https://belfry.invalid/event/${type}`);
  });

  it.each([...events])('%s stands alone, and takes its examples', (type, schema) => {
    const alone = read(schema);
    expect(JSON.stringify(alone)).not.toMatch(/"\$ref"|"x-/);
    const validate = validatorOf(type, alone);
    const { examples } = alone;
    expect(examples).not.toEqual([]);
    for (const example of Array.isArray(examples) ? examples : [])
      expect([validate(example), example]).toEqual([true, example]);
  });

  it.each([...events])('%s takes no event of another type, and none without a type', (type, schema) => {
    const validate = validatorOf(type, read(schema));
    const [example] = read(schema)['examples'] as readonly JsonObject[];
    const { event: _event, ...untyped } = example ?? {};
    expect([validate(untyped), validate({ ...example, event: 'vnd.x.Y' })]).toEqual([false, false]);
  });

  it('are written with every digit of their limits', () => {
    expect(writeIndentedJson(events.get('MessageNew'))).toContain('"maximum": 9223372036854775807\n');
    expect(withDoubles(whole)).toEqual(read(whole));
  });

  const any = strictly().compile(read(whole));

  it.each(samples)('all of them in one take $name, as a real server sent it', ({ event }) => {
    expect([any(asSent(event)), any.errors]).toEqual([true, null]);
  });

  it('all of them in one judge no type that is not there', () => {
    expect(any({ event: 'vnd.example.New', uri: 17 })).toBe(true);
    expect(any({ uri: 17 })).toBe(false);
    expect(any({ event: 'MessageNew' })).toBe(false);
  });

  it.each(catalogue)('$name refuses what the schema in its file refuses without the formats of belfry', (event) => {
    const { name: type, parameters } = event;
    const original = originals.getSchema(`https://belfry.invalid/${type}.json`);
    const sample = sampleOf(type);
    let refused = 0;
    const compare = (candidate: MailEvent): void => {
      const sent = asSent(candidate);
      const expected = original?.(sent);
      expect([any(sent), sent]).toEqual([expected, sent]);
      if (!expected) refused += 1;
    };
    for (const { name } of parameters) {
      compare(without(sample, name));
      for (const value of [...(wrongValues[name] ?? []), ...(wrongFor[type]?.[name] ?? [])]) {
        compare({ ...sample, [name]: value });
      }
    }
    expect(refused).toBeGreaterThan(parameters.length / 2);
  });
});

/** The files as they are, in a validator for which the formats of belfry say nothing. */
function readOriginals(): Ajv2020 {
  const formats = Object.fromEntries(
    ['imap-url', 'imap-list', 'ip-address', 'uidset'].map((name) => [name, true as const]),
  );
  const ajv = new Ajv2020({ strict: false, formats });
  const folder = join(import.meta.dirname, '../../config/schemas');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.json')) continue;
    const schema: JsonObject = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    ajv.addSchema({ ...schema, $id: `https://belfry.invalid/${name}` });
  }
  return ajv;
}

describe('schemas of schema_directory', () => {
  async function published(files: Readonly<Record<string, JsonObject>>): Promise<JsonObject> {
    const override = mkdtempSync(join(tmpdir(), 'belfry-bundle-'));
    onTestFinished(() => rmSync(override, { recursive: true }));
    for (const [name, schema] of Object.entries(files)) writeFileSync(join(override, name), JSON.stringify(schema));
    await loadSchemas({ override });
    const schema = (await bundleSchemas({ override })).events.get('vnd.x.Y');
    if (schema === undefined) throw new Error('there is no schema of vnd.x.Y');
    return read(schema);
  }

  it('keep what stands beside a reference, in words and in what it asks for', async () => {
    const schema = await published({
      'vnd.x.Y.json': {
        type: 'object',
        allOf: [{ $ref: 'shared/event.json' }],
        properties: {
          event: { const: 'vnd.x.Y' },
          uids: { $ref: 'shared/parameter.json#/$defs/uidset', description: 'Mine.', 'x-source': 'here' },
          short: { $ref: 'shared/parameter.json#/$defs/service', type: 'string', maxLength: 3 },
          timestamp: { type: 'string', pattern: 'Z$', maxLength: 30 },
          at: { type: 'string', format: 'date-time' },
        },
      },
    });
    expect(schema['properties']).toMatchObject({
      uids: { description: 'Mine.', $comment: 'here', type: 'string', pattern: '^[1-9*][0-9,:*]*$' },
      at: { format: 'date-time' },
    });
    const validate = new Ajv2020({ strict: true, formats: { 'date-time': true } }).compile(schema);
    const event = { event: 'vnd.x.Y', uids: '1:4', short: 'abc', timestamp: '2026-11-21T06:28:56Z' };
    expect(validate(event)).toBe(true);
    expect(validate({ ...event, short: 'abcd' })).toBe(false);
    expect(validate({ ...event, short: '\u0007' })).toBe(false);
    // Both hold: the pattern of the event, and that of all events.
    expect(validate({ ...event, timestamp: '2026-11-21T06:28:56+00:00' })).toBe(false);
    expect(validate({ ...event, timestamp: 'Z' })).toBe(false);
    expect(validate({ event: 'vnd.x.Y', pid: 'x' })).toBe(false);
  });

  it('can refer to themselves and to each other in a circle', async () => {
    const schema = await published({
      'vnd.x.Y.json': {
        type: 'object',
        properties: { event: { const: 'vnd.x.Y' }, tree: { $ref: '#/$defs/tree' }, cause: { $ref: 'vnd.x.Z.json' } },
        $defs: {
          tree: {
            type: 'object',
            properties: { name: { type: 'string' }, leaves: { type: 'array', items: { $ref: '#/$defs/tree' } } },
            additionalProperties: false,
          },
        },
      },
      'vnd.x.Z.json': { type: 'object', properties: { effect: { $ref: 'vnd.x.Y.json' } } },
    });
    const validate = strictly().compile(schema);
    const tree = (name: unknown): JsonObject => ({ leaves: [{ leaves: [{ leaves: [{ name: name as string }] }] }] });
    expect(validate({ event: 'vnd.x.Y', tree: tree('x') })).toBe(true);
    expect(validate({ event: 'vnd.x.Y', tree: tree(1) })).toBe(false);
    const effect = (event: string): JsonObject => ({
      event: 'vnd.x.Y',
      cause: { effect: { cause: { effect: { event } } } },
    });
    expect(validate(effect('vnd.x.Y'))).toBe(true);
    expect(validate(effect('vnd.x.Z'))).toBe(false);
  });

  it('are refused where they would grow beyond all bounds', async () => {
    const levels = Array.from({ length: 20 }, (_, i) => [
      `level${i}`,
      { anyOf: [{ $ref: `#/$defs/level${i + 1}` }, { $ref: `#/$defs/level${i + 1}` }] },
    ]);
    const doubled = { $ref: '#/$defs/level0', $defs: { ...Object.fromEntries(levels), level20: { type: 'string' } } };
    await expect(published({ 'vnd.x.Y.json': doubled })).rejects.toThrow(/ 20000 /);
  });
});
