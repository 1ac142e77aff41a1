import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { decodeEvent } from '../../src/decode/event.ts';
import { decodeRaw } from '../../src/decode/raw.ts';
import { events } from '../../src/intake/http/events.ts';
import { damaged, fuzz } from './fuzz.ts';

const types = [
  'application/json',
  'application/x-ndjson',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'binary',
];
const event =
  '{"event":"MessageNew","uri":"imap://h/user/j;UIDVALIDITY=1/;UID=2","n":[1,2.5,null,true],"t":"\\u00fc,]}"}';
const cloudEvent = `{"specversion":"1.0","id":"1","source":"/a","type":"a.MessageNew","data":${event}}`;
const encoded = `{"specversion":"1.0","id":"1","source":"/a","type":"a.b","data_base64":"${Buffer.from(event).toString('base64')}"}`;
const inputs = [event, `[${event}, ${event}]`, `${event}\n${event}\n`, cloudEvent, `[${cloudEvent},${encoded}]`].map(
  (text) => Buffer.from(text),
);
const tokens = ['[', ']', '{', '}', ',', '"', '\\', '\n', ':', 'null', '"event"', '"data":', '\xff', '\0', '1e999'];

/** Whatever the bytes are: requests that dispatch can read, of bytes that were there, or a problem within the body. */
function check(type: string, subject: string, body: Uint8Array): void {
  const headers: [string, string][] =
    type === 'binary'
      ? [
          ['ce-specversion', '1.0'],
          ['ce-id', '1'],
          ['ce-source', '/a'],
          ['ce-type', 'a.Login'],
          ['ce-subject', subject],
        ]
      : [];
  const mediaType = type === 'binary' ? 'application/json' : type;
  const before = Buffer.from(body);
  const head = {
    method: 'POST',
    path: '/v1/events',
    query: new URLSearchParams(),
    mediaType,
    headers: new Map(headers),
  };
  const reading = events.read(body, head);
  expect(before.equals(body)).toBe(true);
  if ('problem' in reading) {
    const { status, detail, byte = 0 } = reading.problem;
    expect([400, 413, 422]).toContain(status);
    expect(detail.length).toBeLessThan(500);
    expect(byte).toBeGreaterThanOrEqual(0);
    expect(byte).toBeLessThanOrEqual(body.length);
    return;
  }
  const length = reading.requests.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(length).toBeLessThanOrEqual(body.length + 200 + 3 * subject.length);
  for (const one of reading.requests) {
    const request = decodeRaw(one);
    expect(request.ok).toBe(true);
    if (request.ok) expect(decodeEvent(request.value.message).ok).toBe(true);
  }
}

describe('the events of a body', () => {
  const type = fc.constantFrom(...types);
  const subject = fc.string({ maxLength: 30, unit: fc.constantFrom(...'%"\\CE2a0 ') });

  const stand = (name: string, bodies: fc.Arbitrary<Uint8Array>): void =>
    fuzz(name, fc.tuple(type, subject, bodies), (all) => check(...all));

  stand('stand any bytes', fc.uint8Array({ maxLength: 500 }));
  stand('stand real ones with damage', damaged(inputs, tokens));
});
