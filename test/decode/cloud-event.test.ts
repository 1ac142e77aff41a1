import { CloudEvent, HTTP, type Message } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCloudEvent } from '../../src/decode/cloud-event.ts';
import { decodeRaw } from '../../src/decode/raw.ts';

const envelope = { specversion: '1.0', id: '1', source: '/imap', type: 'org.example.mail.MessageNew' };

/** The event that comes out, or the problem. */
function read(cloudEvent: unknown): unknown {
  const bytes = typeof cloudEvent === 'string' ? cloudEvent : JSON.stringify(cloudEvent);
  const outcome = decodeCloudEvent(Buffer.from(bytes));
  return outcome.ok ? JSON.parse(outcome.value.message) : outcome.problem;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a CloudEvent', () => {
  it('carries an event as its data, which wins over the attributes', () => {
    const event = { event: 'MessageRead', uri: 'imap://h/user/john', timestamp: '2026-01-01T00:00:00Z', uidset: '1:3' };
    const attributes = { ...envelope, time: '2020-01-01T00:00:00Z', subject: 'imap://other/' };
    expect(read({ ...attributes, data: event })).toEqual(event);
    expect(read({ ...attributes, data_base64: base64(JSON.stringify(event)) })).toEqual(event);
    expect(
      read({ ...attributes, data_base64: base64(JSON.stringify(event)), datacontenttype: 'text/json; a=b' }),
    ).toEqual(event);
  });

  it('is one by its attributes where the data lacks something', () => {
    const attributes = {
      ...envelope,
      time: '2026-11-21T10:00:00Z',
      subject: 'imap://h/user/john;UIDVALIDITY=1/;UID=4',
    };
    expect(read({ ...attributes, data: { user: 'john' } })).toEqual({
      event: 'MessageNew',
      timestamp: '2026-11-21T10:00:00Z',
      uri: 'imap://h/user/john;UIDVALIDITY=1/;UID=4',
      user: 'john',
    });
    expect(read({ ...envelope, subject: 'john' })).toEqual({ event: 'MessageNew' });
    expect(read({ ...envelope, data: null })).toEqual({ event: 'MessageNew' });
  });

  it.each([
    ['MessageNew', 'MessageNew'],
    ['org.example.mail.MessageNew', 'MessageNew'],
    ['https://example.org/events/MessageNew', 'MessageNew'],
    ['urn:example:MessageNew', 'MessageNew'],
    ['https://example.org/events#MessageNew', 'MessageNew'],
    ['vnd.cmu.MessageCopy', 'vnd.cmu.MessageCopy'],
    ['org.example.vnd.cmu.MessageCopy', 'vnd.cmu.MessageCopy'],
    ['org.examplevnd.cmu.MessageCopy', 'MessageCopy'],
    ['org.example.', ''],
  ])('of type %s is the event "%s"', (type, event) => {
    expect(read({ ...envelope, type })).toEqual({ event });
  });

  it.each([
    ['no JSON', '{', { stage: 'json', byte: 1 }],
    ['an array', [envelope], { stage: 'event', message: expect.stringContaining('CloudEvent') }],
    [
      'another version',
      { ...envelope, specversion: '0.3' },
      { message: expect.stringContaining('specversion is "0.3"') },
    ],
    ['no version', { ...envelope, specversion: undefined }, { message: expect.stringContaining('specversion ') }],
    ['no id', { ...envelope, id: undefined }, { message: expect.stringContaining('id ') }],
    ['an empty source', { ...envelope, source: '' }, { message: expect.stringContaining('source ') }],
    ['a number as its type', { ...envelope, type: 1 }, { message: expect.stringContaining('type ') }],
    ['data twice', { ...envelope, data: {}, data_base64: '' }, { message: expect.stringMatching(/data.*data_base64/) }],
    ['data that is a list', { ...envelope, data: [1] }, { message: expect.stringContaining('JSON object') }],
    ['data that is a text', { ...envelope, data: 'hello' }, { message: expect.stringContaining('JSON object') }],
    ['no base64', { ...envelope, data_base64: 'a b' }, { message: expect.stringContaining('base64') }],
    ['no JSON in it', { ...envelope, data_base64: base64('{') }, { stage: 'json' }],
    [
      'a picture',
      { ...envelope, data_base64: 'AAAA', datacontenttype: 'image/png' },
      { message: expect.stringContaining('"image/png"') },
    ],
    ['a name twice', '{"specversion":"1.0","id":"1","id":"2"}', { stage: 'json' }],
  ])('with %s is refused', (_, cloudEvent, problem) => {
    expect(read(cloudEvent)).toMatchObject(problem);
  });

  it('must be UTF-8', () => {
    const outcome = decodeCloudEvent(Buffer.from('"\xff"', 'latin1'));
    expect(outcome).toMatchObject({ ok: false, problem: { stage: 'json', message: expect.stringContaining('UTF-8') } });
  });

  it('keeps the digits of long numbers', () => {
    const data = '{"event":"MessageNew","modseq":9007199254740993}';
    const outcome = decodeCloudEvent(Buffer.from(`${JSON.stringify(envelope).slice(0, -1)},"data":${data}}`));
    expect(outcome).toMatchObject({
      ok: true,
      value: { message: expect.stringContaining('"modseq":9007199254740993}') },
    });
  });

  it.each([`${'a'.repeat(2_000_000)}/`, `${'.vnd.'.repeat(400_000)}\n`])(
    'of a very long type is read in one go: %#',
    (type) => {
      expect(decodeCloudEvent(Buffer.from(JSON.stringify({ ...envelope, type }))).ok).toBe(true);
    },
  );

  it('is a request like any other', () => {
    expect(decodeRaw({ format: 'cloudevent', bytes: Buffer.from(JSON.stringify(envelope)) })).toEqual({
      ok: true,
      value: {
        method: '',
        class: 'EVENT',
        priority: '',
        user: '',
        mailbox: '',
        options: [],
        message: '{"event":"MessageNew"}',
      },
    });
  });

  it('is read as the package of its authors reads it', () => {
    const text = fc.string({ minLength: 1, maxLength: 20 });
    const data = fc.dictionary(
      fc.string({ maxLength: 10 }).filter((name) => name !== '__proto__'),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
    );
    const cloudEvents = fc.record(
      { id: text, source: fc.webUrl(), type: fc.constantFrom('a.b.Login', 'Logout'), subject: text, data },
      { requiredKeys: ['id', 'source', 'type', 'data'] },
    );
    fc.assert(
      fc.property(cloudEvents, ({ data: parameters, ...attributes }) => {
        const written = new CloudEvent({ ...attributes, data: { event: 'Login', ...parameters } });
        const { body } = HTTP.structured(written);
        const theirs = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' }, body } as Message);
        if (!(theirs instanceof CloudEvent)) throw new Error('it is no single event to them');
        expect(read(String(body))).toEqual({ timestamp: theirs.time, ...theirs.data });
      }),
      { numRuns: 100 },
    );
  });
});

it('passes a valid trace on, which its data can have as well', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const attributes = { ...envelope, traceparent, tracestate: 'a=1' };
  expect(read(attributes)).toEqual({ event: 'MessageNew', traceparent, tracestate: 'a=1' });
  expect(read({ ...attributes, data: { traceparent: 'own' } })).toMatchObject({ traceparent: 'own' });
  for (const wrong of ['x', 1, null])
    expect(read({ ...attributes, traceparent: wrong })).toEqual({ event: 'MessageNew' });
});
