import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeEvent } from '../../src/decode/event.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import type { Json, MailEvent } from '../../src/event.ts';
import { groupsOf } from '../../src/filter/groups.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';

const fixtures = join(import.meta.dirname, '../fixtures');
const schemas = await loadSchemas();
const catalogue = schemas.catalogue();

interface Sample {
  readonly name: string;
  readonly event: MailEvent;
}

function documented(): Sample[] {
  const directory = join(fixtures, 'documented');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, event: eventIn(readFileSync(join(directory, name), 'utf8')) }));
}

function captured(): Sample[] {
  const directory = join(fixtures, 'cyrus');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.bin'))
    .flatMap((name) => {
      const frame = decodeFrame(readFileSync(join(directory, name)));
      if (!frame.ok) throw new Error(`${name}: ${frame.problem.message}`);
      return frame.value.class === 'EVENT' ? [{ name, event: eventIn(frame.value.message) }] : [];
    });
}

function eventIn(text: string): MailEvent {
  const event = decodeEvent(text);
  if (!event.ok) throw new Error(event.problem.message);
  return event.value;
}

const samples = [...documented(), ...captured()];

/** Values of every kind of JSON: for each parameter that says what it holds, one of them at least is wrong. */
const strangers: readonly Json[] = [null, true, -5, 1.5, 'x y\u0000', '', [], [1], {}, { a: 1 }];

/** The parameters that an error is about. */
function blamed(event: MailEvent): readonly string[] {
  const validity = schemas.validate(event);
  return validity.ok ? [] : validity.errors.map(({ parameter }) => parameter.split('/')[0] ?? '');
}

function without({ ...event }: Record<string, Json>, name: string): MailEvent {
  delete event[name];
  return event as MailEvent;
}

describe('the schemas', () => {
  it('are there for all 26 types of events and CalendarEventNew, in the groups that the filters know', () => {
    expect(catalogue.map(({ name }) => name)).toHaveLength(27);
    for (const { name, groups } of catalogue) expect(groups).toEqual(groupsOf(name));
  });

  it('say of each event and each parameter what it is and where the rule comes from', () => {
    for (const { name, title, description, source, parameters } of catalogue) {
      expect([name, title, description, source].every((text) => text.length > 0)).toBe(true);
      for (const parameter of parameters) {
        expect(`${name}.${parameter.name} ${parameter.description}`).toMatch(/[.…]$/);
        expect(`${name}.${parameter.name} ${parameter.source}`).toMatch(/RFC|Cyrus/);
      }
    }
  });

  it.each(samples)('take $name as it is', ({ event }) => {
    expect(schemas.validate(event)).toEqual({ ok: true, known: true });
  });

  it.each(samples)('refuse $name without what must be there, by name', ({ event }) => {
    const { parameters } = catalogue.find(({ name }) => name === event.event) ?? { parameters: [] };
    for (const { name } of parameters.filter(({ required }) => required)) {
      expect(blamed(without(event, name))).toContain(name);
    }
  });

  it.each(samples)('refuse $name with a parameter of the wrong kind, by name', ({ event }) => {
    const { parameters } = catalogue.find(({ name }) => name === event.event) ?? { parameters: [] };
    for (const { name, type } of parameters.filter((one) => one.name in event)) {
      const wrong = strangers.filter((value) => blamed({ ...event, [name]: value }).includes(name));
      if (type === 'Any value.') expect(wrong).toEqual([]);
      else expect(`${name}: ${wrong.length > 0 ? 'checked' : 'never refused'}`).toBe(`${name}: checked`);
    }
  });

  it('pass parameters that they do not know, and types that they do not know', () => {
    for (const { event } of samples) {
      expect(schemas.validate({ ...event, 'vnd.example.thing': { a: [1] }, other: 1 })).toEqual({
        ok: true,
        known: true,
      });
    }
    expect(schemas.validate({ event: 'vnd.example.New' })).toEqual({ ok: true, known: false });
  });

  it("know Dovecot's spelling of MailboxUnSubscribe", () => {
    const event = { event: 'MailboxUnsubscribe', uri: 'imap://h/INBOX', user: 'john' };
    expect(schemas.validate(event)).toEqual({ ok: true, known: true });
    expect(blamed(without(event, 'user'))).toEqual(['user']);
  });
});

const inbox = 'imap://imap.example.org/user/john;UIDVALIDITY=7';

describe('the rules of RFC 5423', () => {
  const flags = { event: 'FlagsSet', uri: inbox, uidset: '1:3,7', flagNames: '\\Flagged' };

  it.each(['\\Recent', '\\Flagged \\recent', '\\RECENT $Work', '', ' ', 'a  b', ' a', 'a '])(
    'flagNames %j is refused',
    (flagNames) => {
      expect(blamed({ ...flags, flagNames })).toEqual(['flagNames']);
    },
  );

  it.each(['\\Flagged', '\\Answered $Work', '\\Recently x', '$\\Recent'])('flagNames %j is taken', (flagNames) => {
    expect(blamed({ ...flags, flagNames })).toEqual([]);
  });

  it.each(['0', '1:', 'a', '1,,2', '-1', '1 2', '$', '12345678901'])('uidset %j is refused', (uidset) => {
    expect(blamed({ ...flags, uidset })).toEqual(['uidset']);
  });

  it.each(['1', '1:*', '*', '1:3,7,9:11'])('uidset %j is taken', (uidset) => {
    expect(blamed({ ...flags, uidset })).toEqual([]);
  });

  it('a new message is named by mailbox, UIDVALIDITY and UID', () => {
    expect(blamed({ event: 'MessageNew', uri: `${inbox}/;UID=1` })).toEqual([]);
    for (const uri of [inbox, `${inbox}/;UID=0`, 'imap://h/INBOX/;UID=1', 'http://h/x;UIDVALIDITY=1/;UID=1']) {
      expect(blamed({ event: 'MessageNew', uri })).toEqual(['uri']);
    }
  });

  it('a change of messages is of a mailbox with its UIDVALIDITY', () => {
    for (const event of ['MessageExpunge', 'MessageExpire', 'MessageRead', 'MessageTrash']) {
      expect(blamed({ event, uri: inbox, uidset: '1' })).toEqual([]);
      expect(blamed({ event, uri: 'imap://h/INBOX', uidset: '1' })).toEqual(['uri']);
      expect(blamed({ event, uri: inbox })).toEqual(['uidset']);
    }
  });

  it('a quota is told with its limit and its use, of storage or of messages', () => {
    const quota = { event: 'QuotaExceed', uri: 'imap://h/user/john', user: 'john' };
    expect(blamed({ ...quota, diskQuota: 5, diskUsed: 6 })).toEqual([]);
    expect(blamed({ ...quota, maxMessages: 5, messages: 6 })).toEqual([]);
    expect(blamed({ ...quota, diskQuota: 5, messages: 6 })).not.toEqual([]);
    expect(blamed(quota)).not.toEqual([]);
  });

  it('a port is a port, and a large modseq is a decimal string', () => {
    const login = { event: 'Login', uri: 'imap://h', user: 'john', serverDomain: 'h', serverPort: 143 };
    expect(blamed(login)).toEqual([]);
    expect(blamed({ ...login, serverPort: 65_536 })).toEqual(['serverPort']);
    expect(blamed({ ...login, clientPort: '143' })).toEqual(['clientPort']);
    expect(blamed({ ...flags, modseq: '9223372036854775807' })).toEqual([]);
    expect(blamed({ ...flags, modseq: '12' })).toEqual(['modseq']);
  });

  it('says what the parameter holds and what is expected, on one line', () => {
    const validity = schemas.validate({ ...flags, uidset: 'x\u001b[31m'.repeat(100) });
    expect(validity).toMatchObject({ ok: false });
    const [error] = validity.ok ? [] : validity.errors;
    expect(error?.message).toMatch(/^uidset is "x\\u001b\[31m.*…"; expected: UIDs as an IMAP sequence set$/);
  });

  it('comes to an end on long values that nearly fit', () => {
    const long = ['1,'.repeat(500_000), `${'1:2,'.repeat(200_000)}x`, `${'a '.repeat(30_000)}\\Recent`];
    for (const text of long) {
      expect(blamed({ ...flags, uidset: text })).toContain('uidset');
      expect(blamed({ ...flags, flagNames: text }).length).toBeLessThanOrEqual(1);
    }
  });
});

describe('schema_directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'belfry-schemas-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));

  it('adds types and replaces those that are there', async () => {
    write('vnd.example.Thing.json', {
      title: 'A thing',
      type: 'object',
      required: ['size'],
      properties: { size: { type: 'integer' } },
    });
    write('Login.json', { type: 'object', properties: { user: { const: 'john' } } });
    const own = await loadSchemas({ override: directory });
    expect(own.validate({ event: 'vnd.example.Thing', size: 1 })).toEqual({ ok: true, known: true });
    expect(own.validate({ event: 'vnd.example.Thing' })).toMatchObject({ errors: [{ parameter: 'size' }] });
    expect(own.validate({ event: 'Login', user: 'john' })).toEqual({ ok: true, known: true });
    expect(own.validate({ event: 'Login', user: 'jane' })).toMatchObject({ ok: false });
    expect(own.catalogue().map(({ name }) => name)).toContain('vnd.example.Thing');
  });

  it('can use the shared definitions', async () => {
    write('X.json', { type: 'object', properties: { uri: { $ref: 'common.json#/$defs/imapUrl' } } });
    const own = await loadSchemas({ override: directory });
    expect(own.validate({ event: 'X', uri: 'imap://h' })).toMatchObject({ ok: true });
    expect(own.validate({ event: 'X', uri: 'x' })).toMatchObject({ errors: [{ parameter: 'uri' }] });
  });

  it.each([
    ['is not JSON', '{'],
    ['is no JSON Schema', { type: 'thing' }],
    ['cannot be compiled', { type: 'object', properties: { a: { $ref: 'nowhere.json' } } }],
    ['properties', { properties: 5 }],
  ])('is refused by name when a file %s', async (what, content) => {
    write('Broken.json', content);
    await expect(loadSchemas({ override: directory })).rejects.toMatchObject({
      code: 'SCHEMA',
      message: expect.stringMatching(new RegExp(`Broken\\.json.*${what}`)),
    });
  });

  it('is refused when it is not there', async () => {
    await expect(loadSchemas({ override: join(directory, 'none') })).rejects.toMatchObject({ code: 'SCHEMA' });
  });
});
