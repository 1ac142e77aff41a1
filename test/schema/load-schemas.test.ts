/** Schemas from a directory of the administrator: added, replacing, broken. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BelfryError } from '../../src/base/error.ts';
import type { Json, MailEvent } from '../../src/base/event.ts';
import type { EventSchemas, Validity } from '../../src/schema/event-schemas.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { factsOf } from '../support/facts.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'belfry-schemas-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function write(path: string, content: Json): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

const load = () => loadSchemas({ override: directory });

async function refusal(): Promise<string> {
  const thrown = await load().catch((error: unknown) => error);
  if (!(thrown instanceof BelfryError)) throw new Error(`expected a BelfryError, got ${thrown}`);
  expect(thrown.code).toBe('SCHEMA');
  return thrown.message.replaceAll(directory, 'DIR');
}

const thing = {
  title: 'A thing was made',
  description: 'Somebody made a thing.',
  'x-groups': ['things'],
  'x-source': 'the manual of things',
  type: 'object',
  required: ['size'],
  properties: {
    size: { description: 'How big it is.', 'x-source': 'the manual of things', type: 'integer' },
    colour: { enum: ['red', 'green'] },
    uri: { $ref: 'shared/parameter.json#/$defs/mailboxUri', description: 'Where it is.' },
  },
};

/** With all that is wrong, which is found out when it is asked for. */
function judge(schemas: EventSchemas, event: MailEvent): Validity {
  const validity = schemas.validate(event);
  return validity.ok ? validity : { ok: false, errors: validity.errors };
}

describe('a schema that is added', () => {
  it('is checked, and understands the shared definitions', async () => {
    write('vnd.example.Thing.json', thing);
    const schemas = await load();
    const event = { event: 'vnd.example.Thing', size: 1, colour: 'red', uri: 'imap://h/INBOX' };
    expect(judge(schemas, event)).toEqual({ ok: true, known: true });
    expect(judge(schemas, { ...event, event: 'VND.example.thing' })).toEqual({ ok: true, known: true });
    expect(judge(schemas, { ...event, size: 'x', colour: 3, uri: 'imap://h' })).toEqual({
      ok: false,
      errors: [
        { parameter: 'size', message: expect.stringMatching(/^size .*"x".*number$/) },
        { parameter: 'colour', message: expect.stringMatching(/^colour .*3.*"red" or "green"$/) },
        { parameter: 'uri', message: expect.stringMatching(/^uri .*"imap:\/\/h".*IMAP URL/) },
      ],
    });
    expect(judge(schemas, { event: 'Login' })).toMatchObject({ ok: false });
  });

  it('is in the catalogue, in the words that it has or that its keywords give', async () => {
    write('vnd.example.Thing.json', thing);
    const catalogue = (await load()).catalogue();
    expect(catalogue).toHaveLength(30);
    expect(catalogue.find(({ name }) => name === 'vnd.example.Thing')).toEqual({
      name: 'vnd.example.Thing',
      groups: ['things'],
      title: 'A thing was made',
      description: 'Somebody made a thing.',
      source: 'the manual of things',
      rules: [],
      parameters: [
        {
          name: 'size',
          type: expect.stringContaining('number'),
          types: ['integer'],
          required: true,
          description: 'How big it is.',
          source: 'the manual of things',
        },
        { name: 'colour', type: '"red" or "green"', types: ['string'], required: false, description: '', source: '' },
        {
          name: 'uri',
          type: expect.stringContaining('IMAP URL'),
          types: ['string'],
          required: false,
          description: 'Where it is.',
          source: 'RFC 5423 §5',
        },
      ],
    });
  });

  it('may say next to nothing, and may include itself', async () => {
    write('A.json', {});
    write('B.json', {
      type: 'object',
      allOf: [{ $ref: '#' }, { $ref: 'A.json' }],
      properties: { a: { type: 'string' } },
    });
    const schemas = await load();
    expect(judge(schemas, { event: 'A', anything: [1] })).toEqual({ ok: true, known: true });
    expect(schemas.catalogue().find(({ name }) => name === 'B')?.parameters).toHaveLength(1);
  });

  it.each<[string, Json, Json, string, string]>([
    [
      'additionalProperties',
      { additionalProperties: false },
      { b: 1 },
      'b',
      'b is 1; the event must NOT have additional properties',
    ],
    [
      'dependentRequired',
      { dependentRequired: { a: ['c'] } },
      { a: 'x' },
      'c',
      'c is missing; the event must have property c when property a is present',
    ],
    ['minProperties', { minProperties: 3 }, {}, '', 'the event must NOT have fewer than 3 properties'],
    [
      'patternProperties',
      { patternProperties: { '^x': { type: 'string' } } },
      { 'x~/': 5 },
      'x~/',
      'x~/ is 5; the event must be string',
    ],
  ])('may use %s', async (_keyword, keywords, parameters, parameter, message) => {
    const properties = { event: {}, a: { type: 'string' }, c: {} };
    write('A.json', { type: 'object', ...(keywords as object), properties });
    expect(judge(await load(), { ...(parameters as object), event: 'A' })).toEqual({
      ok: false,
      errors: [{ parameter, message }],
    });
  });

  it('may have parameters of any name', async () => {
    const names = ['a/b', 'c~d', 'e f', 'g%20', 'h#', 'ü', '"', '?'];
    const properties = Object.fromEntries(names.map((name) => [name, { type: 'integer', description: 'A number.' }]));
    write('A.json', { type: 'object', properties });
    const schemas = await load();
    for (const name of names) {
      expect(judge(schemas, { event: 'A', [name]: 'x' })).toMatchObject({ errors: [{ parameter: name }] });
    }
  });

  it('is judged whatever the length, and in steps in proportion to it, by patterns that the engine of JavaScript cannot bear', async () => {
    write('A.json', {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^(?:a|b)*$' }, b: { type: 'string', pattern: '^(a+)+$' } },
    });
    const schemas = await load();
    // 20,000,000 letters exceed the stack of that engine, and 40 take it hours with the second pattern.
    expect(judge(schemas, { event: 'A', a: 'ab'.repeat(10_000_000) })).toEqual({ ok: true, known: true });
    expect(judge(schemas, { event: 'A', b: `${'a'.repeat(20_000)}!` })).toMatchObject({
      ok: false,
      errors: [{ parameter: 'b' }],
    });
  });

  it('may ask for different elements, and compares each element once', async () => {
    write('A.json', { type: 'object', properties: { a: { type: 'array', uniqueItems: true } } });
    const schemas = await load();
    const items: Json[] = Array.from({ length: 50_000 }, (_, n) => ({ n }));
    expect(judge(schemas, { event: 'A', a: items })).toEqual({ ok: true, known: true });
    expect(
      judge(schemas, {
        event: 'A',
        a: [
          { n: 1, m: 2 },
          { m: 2, n: 1 },
        ],
      }),
    ).toMatchObject({ ok: false });
    expect(judge(schemas, { event: 'A', a: [1, '1', true, 'true', null] })).toMatchObject({ ok: true });
  });
});

describe('a schema that is replaced', () => {
  it('takes the place of the one of the same name', async () => {
    write('Login.json', { $id: 'https://example.org/login', type: 'object', properties: { user: { const: 'john' } } });
    const schemas = await load();
    expect(judge(schemas, { event: 'Login', user: 'john' })).toEqual({ ok: true, known: true });
    expect(judge(schemas, { event: 'Login', user: 'jane' })).toEqual({
      ok: false,
      errors: [{ parameter: 'user', message: 'user is "jane"; expected "john"' }],
    });
    expect(schemas.catalogue()).toHaveLength(29);
  });

  it('can be one that others share', async () => {
    write('shared/event.json', { type: 'object', required: ['pid'] });
    const schemas = await load();
    const event = { event: 'MessagesUnscheduled', userId: 'john', count: 1 };
    expect(judge(schemas, { ...event, pid: 1 })).toEqual({ ok: true, known: true });
    expect(judge(schemas, event)).toMatchObject({ errors: [{ parameter: 'pid' }] });
  });
});

describe('a directory', () => {
  it('may hold other files', async () => {
    write('README', 'Schemas of ours.');
    write('old.json.bak', '{');
    expect((await load()).catalogue()).toHaveLength(29);
  });

  it('must be there', async () => {
    await expect(loadSchemas({ override: join(directory, 'void') })).rejects.toThrow(join(directory, 'void'));
  });

  it('must be a directory', async () => {
    write('file', '');
    await expect(loadSchemas({ override: join(directory, 'file') })).rejects.toMatchObject({ code: 'SCHEMA' });
  });

  it('can stand alone', async () => {
    write('A.json', { title: 'A' });
    expect((await loadSchemas({ directory })).catalogue().map(({ name }) => name)).toEqual(['A']);
  });
});

describe('a broken schema is refused with its file and the place in it', () => {
  it.each<[string, string, Json, string]>([
    ['no JSON', 'A.json', '{\n  "type": "object",\n  "title" "A"\n}', 'DIR/A.json:3:11 JSON'],
    ['a name twice', 'A.json', '{"title": "A", "title": "B"}', 'DIR/A.json:1:16 JSON'],
    ['no object', 'A.json', '[]', 'DIR/A.json JSON'],
    ['no schema', 'A.json', { type: 'thing' }, 'DIR/A.json JSON 2020-12 data/type'],
    ['an older draft', 'A.json', { $schema: 'http://json-schema.org/draft-07/schema#' }, 'DIR/A.json JSON 2020-12'],
    ['a misspelt keyword', 'A.json', { type: 'object', propertis: {} }, 'DIR/A.json "propertis"'],
    ['an unknown format', 'A.json', { type: 'string', format: 'imap-uri' }, 'DIR/A.json "imap-uri"'],
    ['a bad pattern', 'A.json', { type: 'string', pattern: '(' }, 'DIR/A.json'],
    [
      'a pattern that no engine matches in linear time',
      'A.json',
      { type: 'string', pattern: '^(?!a)b' },
      'DIR/A.json "^(?!a)b"',
    ],
    ['a reference to nothing', 'A.json', { $ref: 'shared/nothing.json' }, 'DIR/A.json shared/nothing.json'],
    ['a broken shared one', 'shared/event.json', '{', 'DIR/shared/event.json:1:2 JSON'],
    ['groups that are none', 'A.json', { 'x-groups': 'message' }, 'DIR/A.json'],
    [
      'another type',
      'A.json',
      { type: 'object', properties: { event: { const: 'B' } } },
      'DIR/A.json properties.event.const "B" "A"',
    ],
    ['a name with spaces', 'A b.json', {}, 'DIR/A b.json'],
    ['a name in other case', 'login.json', {}, 'DIR/login.json'],
    ['a huge file', 'A.json', ' '.repeat(1024 * 1024 + 1), 'DIR/A.json 1048577 1048576'],
  ])('%s', async (_what, path, content, message) => {
    write(path, content);
    const refused = await refusal();
    expect(factsOf(refused).startsWith(message)).toBe(true);
    expect(refused).not.toContain('belfry.invalid');
  });

  it('too many files', async () => {
    for (let i = 0; i < 1001; i++) writeFileSync(join(directory, `T${i}.json`), '{}');
    expect(await refusal()).toMatch(/^DIR: 1001 .* 1000$/);
  });
});
