import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../../src/decode/event.ts';
import { arraySlices, lineSlices } from '../../../src/decode/json-slices.ts';
import { decodeRaw } from '../../../src/decode/raw.ts';
import { events } from '../../../src/intake/http/events.ts';
import type { Reading, RequestHead } from '../../../src/intake/http/route.ts';
import { start } from './peer.ts';

function head(headers: Readonly<Record<string, string>>): RequestHead {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return {
    method: 'POST',
    path: '/v1/events',
    query: new URLSearchParams(),
    mediaType: type.trim().toLowerCase(),
    headers: new Map(Object.entries(headers)),
  };
}

function read(type: string, body: string | Uint8Array, more: Readonly<Record<string, string>> = {}): Reading {
  return events.read(Buffer.from(body), head({ ...(type === '' ? {} : { 'content-type': type }), ...more }));
}

/** What was taken, as `format: text`; or the problem. */
function taken(reading: Reading): unknown {
  if ('problem' in reading) return reading.problem;
  return reading.requests.map(({ format, bytes }) => `${format}: ${Buffer.from(bytes).toString()}`);
}

const login = '{"event":"Login","user":"john"}';
const envelope = { specversion: '1.0', id: '1', source: '/imap', type: 'org.example.mail.Login' };

describe('events as JSON', () => {
  it.each([
    ['one', login, [`event: ${login}`]],
    ['one with white space', ` ${login}\r\n`, [`event:  ${login}\r\n`]],
    [
      'an array, each as it was written',
      `[ ${login} ,{"event": "Logout","n":1.0}]\n`,
      [`event:  ${login} `, 'event: {"event": "Logout","n":1.0}'],
    ],
    ['an array of one', `[${login}]`, [`event: ${login}`]],
    ['an empty array', ' [ ] ', []],
    [
      'brackets and quotes in texts',
      '[{"event":"A","a":"],}\\"[{"},{"event":"B","b":[[],{"c":[1]}]}]',
      ['event: {"event":"A","a":"],}\\"[{"}', 'event: {"event":"B","b":[[],{"c":[1]}]}'],
    ],
  ])('%s', (_, body, expected) => {
    expect(taken(read('application/json', body))).toEqual(expected);
  });

  it.each([
    ['nothing', '', { status: 400, byte: 0, detail: expect.stringContaining('empty') }],
    ['white space', ' \n', { status: 400, byte: 0 }],
    ['no JSON', 'event=Login', { status: 400, byte: 0 }],
    ['half an event', '{"event":"Login"', { status: 400, byte: 16 }],
    ['two events', `${login}${login}`, { status: 400, byte: 31 }],
    ['a number', '42', { status: 422, detail: expect.stringContaining('JSON object') }],
    ['an event without a type', '{"user":"john"}', { status: 422, detail: expect.stringContaining('event ') }],
    ['a type that is none', '{"event":"a b"}', { status: 422 }],
    ['a name twice', '{"event":"Login","event":"Logout"}', { status: 400, byte: 17 }],
    [
      'the second of two',
      `[${login},{"event":""}]`,
      { status: 422, event: 2, detail: expect.stringMatching(/^event 2: /) },
    ],
    [
      'a byte in the second of two',
      `[${login},{"event":x}]`,
      { status: 400, event: 2, byte: 42, detail: expect.stringMatching(/^event 2, byte 42: found "x"/) },
    ],
    ['a comma too many', `[${login},]`, { status: 400, event: 2, byte: 33 }],
    ['a comma alone', '[,]', { status: 400, event: 1, byte: 1 }],
    [
      'an array that is not closed',
      `[${login}`,
      { status: 400, byte: 32, detail: expect.stringContaining('not closed') },
    ],
    [
      'something after an array',
      `[${login}] 1`,
      { status: 400, byte: 34, detail: expect.stringContaining('after the end') },
    ],
    ['an array that a brace closes', `[${login}}`, { status: 400, byte: 32, detail: expect.stringContaining('brace') }],
    ['an array in an array', `[[${login}]]`, { status: 422, event: 1 }],
    [
      'a CloudEvent',
      JSON.stringify(envelope),
      { status: 422, detail: expect.stringContaining('application/cloudevents+json') },
    ],
  ])('%s is refused, with the place', (_, body, problem) => {
    expect(taken(read('application/json', body))).toMatchObject(problem);
  });

  it.each([
    [Buffer.concat([Buffer.from('{"event":"Login","user":"jö'), Buffer.from([0xe4]), Buffer.from('"}')]), 28],
    [Buffer.concat([Buffer.from('"\ufffd\ufffd'), Buffer.from([0xef, 0xbf]), Buffer.from('"')]), 7],
    [Buffer.from([0xef]), 0],
    [Buffer.from('é\ufffd\xff', 'latin1'), 0],
  ])('names the byte that is not UTF-8: %#', (body, byte) => {
    expect(taken(read('application/json', body))).toMatchObject({ status: 400, byte });
  });

  it('takes up to a number of events, and no more', () => {
    const many = (count: number): string => `[${Array.from({ length: count }, () => '{"event":"A"}').join()}]`;
    expect(taken(read('application/json', many(10_000)))).toHaveLength(10_000);
    expect(taken(read('application/json', many(10_001)))).toMatchObject({ status: 413 });
    expect(taken(read('application/jsonl', '{"event":"A"}\n'.repeat(10_001)))).toMatchObject({ status: 413 });
  });

  it('does not keep a whole body for one of its events', () => {
    const reading = read('application/json', `[${login},${login}]`);
    if ('problem' in reading) throw new Error('it is refused');
    expect(new Set(reading.requests.map(({ bytes }) => bytes.length))).toEqual(new Set([login.length]));
  });
});

describe('events as lines', () => {
  it.each(['application/x-ndjson', 'application/ndjson', 'application/jsonl'])('%s', (type) => {
    const body = `${login}\n\n  \r\n{"event":"Logout"}\r\n`;
    expect(taken(read(type, body))).toEqual([`event: ${login}`, 'event: {"event":"Logout"}\r']);
    expect(taken(read(type, ''))).toEqual([]);
  });

  it('of nothing but line ends cost no more than their bytes', () => {
    expect(taken(read('application/jsonl', '\n'.repeat(2 * 1024 * 1024)))).toEqual([]);
  });

  it('name the line that is wrong', () => {
    expect(taken(read('application/jsonl', `${login}\n\n{"event":}\n`))).toMatchObject({
      status: 400,
      event: 2,
      line: 3,
      byte: 42,
      detail: expect.stringMatching(/^event 2, line 3, byte 42: /),
    });
  });
});

describe('CloudEvents', () => {
  it('come one by one and in batches', () => {
    const one = JSON.stringify({ ...envelope, data: { user: 'john' } });
    expect(taken(read('application/cloudevents+json; charset=utf-8', one))).toEqual([`cloudevent: ${one}`]);
    expect(taken(read('application/cloudevents-batch+json', `[${one},${one}]`))).toHaveLength(2);
    expect(taken(read('application/cloudevents-batch+json', '[]'))).toEqual([]);
  });

  it.each([
    ['a batch that is none', 'application/cloudevents-batch+json', JSON.stringify(envelope), { status: 422 }],
    ['one that is a batch', 'application/cloudevents+json', JSON.stringify([envelope]), { status: 422 }],
    [
      'the second of a batch',
      'application/cloudevents-batch+json',
      JSON.stringify([envelope, { ...envelope, id: '' }]),
      { status: 422, event: 2 },
    ],
    [
      'one without a type of event',
      'application/cloudevents+json',
      JSON.stringify({ ...envelope, type: 'org.example.' }),
      { status: 422 },
    ],
    ['no JSON', 'application/cloudevents+json', '{"specversion":}', { status: 400, byte: 15 }],
  ])('are refused: %s', (_, type, body, problem) => {
    expect(taken(read(type, body))).toMatchObject(problem);
  });

  const binary = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/imap', 'ce-type': 'org.example.mail.Login' };

  it('come with their attributes in headers', () => {
    expect(taken(read('application/json', login, binary))).toEqual([
      `cloudevent: ${JSON.stringify({ ...envelope, datacontenttype: 'application/json' }).slice(0, -1)},"data":${login}}`,
    ]);
    expect(taken(read('', '', binary))).toEqual([`cloudevent: ${JSON.stringify(envelope)}`]);
  });

  it.each([
    ['plain', 'plain'],
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['100%25', '100%'],
    ['%61', 'a'],
    ['"in quotes"', 'in quotes'],
    ['"a \\"b\\" \\\\"', 'a "b" \\'],
    ['%2525', '%25'],
  ])('decode a header: %s', (written, value) => {
    const reading = read('', '', { ...binary, 'ce-subject': written });
    if ('problem' in reading) throw new Error(reading.problem.detail);
    expect(JSON.parse(Buffer.from(reading.requests[0]?.bytes ?? '').toString()).subject).toBe(value);
  });

  it.each([
    ['%C0%A0', { 'ce-subject': '%C0%A0' }, '', { status: 400, field: 'ce-subject' }],
    ['half a code', { 'ce-subject': '50%' }, '', { status: 400, field: 'ce-subject' }],
    ['a name that is none', { 'ce-a-b': 'x' }, '', { status: 422, field: 'ce-a-b' }],
    ['data in a header', { 'ce-data': '{}' }, '', { status: 422, field: 'ce-data' }],
    ['data that is no JSON', {}, '{', { status: 400 }],
    ['data that would be more than data', {}, '{},"time":"2020-01-01T00:00:00Z"', { status: 400 }],
    ['no id', { 'ce-id': '' }, '', { status: 422 }],
    ['another version', { 'ce-specversion': '0.3' }, '', { status: 422 }],
  ])('in headers are refused: %s', (_, headers, body, problem) => {
    expect(taken(read(body === '' ? '' : 'application/json', body, { ...binary, ...headers }))).toMatchObject(problem);
  });

  it('are read as the package of their authors writes them, in each mode', () => {
    const ascii = fc.string({
      minLength: 1,
      maxLength: 20,
      unit: fc.constantFrom(...'abcXYZ019-._~:/?#[]@!$&()*+,;='),
    });
    const data = fc.dictionary(
      fc.string({ maxLength: 5 }).filter((name) => name !== '__proto__'),
      fc.oneof(fc.string(), fc.integer()),
    );
    fc.assert(
      fc.property(
        fc.record({ id: ascii, source: fc.webUrl(), subject: ascii, data }),
        ({ data: parameters, ...attributes }) => {
          const event = { ...parameters, event: 'Login' };
          const written = new CloudEvent({ ...attributes, type: 'a.Login', data: event });
          for (const message of [HTTP.binary(written), HTTP.structured(written)]) {
            const headers = Object.entries(message.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
            const { 'content-type': type = '', ...rest } = Object.fromEntries(headers);
            const reading = read(type, String(message.body), rest);
            if ('problem' in reading) throw new Error(reading.problem.detail);
            const decoded = reading.requests.map((one) => decodeRaw(one));
            expect(decoded).toMatchObject([{ ok: true }]);
            for (const one of decoded) {
              if (one.ok) expect(JSON.parse(one.value.message)).toEqual({ timestamp: written.time, ...event });
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the head', () => {
  const refused = (headers: Readonly<Record<string, string>>) => events.refuse?.(head(headers))?.status;
  const binary = { 'ce-specversion': '1.0' };

  it.each([
    [{ 'content-type': 'application/json' }, undefined],
    [{ 'content-type': 'Application/JSON; charset=utf-8' }, undefined],
    [{ 'content-type': 'application/cloudevents+json' }, undefined],
    [{ ...binary }, undefined],
    [{ ...binary, 'content-type': 'application/vnd.example+json' }, undefined],
    [{ ...binary, 'content-type': 'application/x-ndjson' }, 415],
    [{ ...binary, 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [{ 'content-type': 'constructor' }, 415],
    [{}, 415],
  ])('%j: %s', (headers, status) => {
    expect(refused(headers)).toBe(status);
  });
});

describe('slices', () => {
  const json = fc.json({ maxDepth: 3 });

  it('of an array are its elements, however it is written', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 8 }), fc.constantFrom('', ' ', '\n\t'), (elements, space) => {
        const body = Buffer.from(`${space}[${space}${elements.join(`${space},${space}`)}${space}]${space}`);
        const slices = arraySlices(body, 100);
        if ('wrong' in slices) throw new Error(slices.wrong);
        expect(slices.map(({ start, end }) => JSON.parse(body.toString('utf8', start, end)))).toEqual(
          elements.map((element) => JSON.parse(element)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('of lines are those that are not empty, with their numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('', ' ', '\r', '{}', '{"a":"ü"}')), (lines) => {
        const body = Buffer.from(lines.join('\n'));
        const found = lineSlices(body, 100).map(({ start, end, line }) => [line, body.toString('utf8', start, end)]);
        const expected = lines.map((text, index) => [index + 1, text]).filter(([, text]) => String(text).trim() !== '');
        expect(found).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

it('is a route of the intake', async () => {
  const { intake, got } = await start({ routes: [events] });
  const headers = { 'content-type': 'application/json' };
  const answer = await request(`${intake.address}/v1/events`, { method: 'POST', headers, body: `[${login},${login}]` });
  expect([answer.statusCode, await answer.body.json()]).toEqual([202, { accepted: 2, ids: ['id1', 'id2'] }]);
  expect(got).toEqual([login, login]);
  const wrong = await request(`${intake.address}/v1/events`, { method: 'POST', headers, body: `[${login},7]` });
  expect([wrong.statusCode, wrong.headers['content-type']]).toEqual([422, 'application/problem+json']);
  expect(await wrong.body.json()).toEqual({
    type: 'about:blank',
    title: 'Unprocessable Content',
    status: 422,
    detail: expect.stringMatching(/^event 2, byte 33: .*number.*JSON object/),
    event: 2,
    byte: 33,
  });
  expect(got).toHaveLength(2);
  for (const text of got) expect(decodeEvent(text).ok).toBe(true);
});

describe('the header traceparent', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const other = '00-11111111111111111111111111111111-2222222222222222-01';
  const trace = { traceparent, tracestate: 'a=1' };

  /** The events that are read out of what was taken. */
  function eventsOf(reading: Reading): unknown {
    if ('problem' in reading) return reading.problem;
    return reading.requests.map((raw) => {
      const request = decodeRaw(raw);
      return request.ok ? JSON.parse(request.value.message) : request.problem;
    });
  }

  it('is a parameter of each event of the request, whatever shape it has', () => {
    expect(eventsOf(read('application/json', ` ${login} \n`, trace))).toEqual([{ ...JSON.parse(login), ...trace }]);
    expect(eventsOf(read('application/json', `[${login},${login}]`, trace))).toMatchObject([trace, trace]);
    expect(eventsOf(read('application/x-ndjson', `${login}\n${login}\n`, { traceparent }))).toMatchObject([
      { traceparent },
      { traceparent },
    ]);
    const cloudEvent = JSON.stringify({ ...envelope, data: { user: 'john' } });
    expect(eventsOf(read('application/cloudevents+json', cloudEvent, trace))).toMatchObject([trace]);
    const binary = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/imap', 'ce-type': 'Login' };
    expect(eventsOf(read('application/json', '{"user":"john"}', { ...binary, ...trace }))).toMatchObject([trace]);
    expect(eventsOf(read('', '', { ...binary, ...trace, 'ce-traceparent': other }))).toEqual([
      { event: 'Login', traceparent: other },
    ]);
  });

  it('does not replace what an event says itself, in whatever spelling', () => {
    const own = `{"event":"Login","user":"john","traceparent":"${other}"}`;
    expect(eventsOf(read('application/json', own, trace))).toEqual([JSON.parse(own)]);
    const escaped = own.replace('"traceparent"', '"trace\\u0070arent"');
    expect(eventsOf(read('application/json', escaped, trace))).toEqual([JSON.parse(own)]);
  });

  it('is ignored where it is not valid', () => {
    for (const header of ['x', `${traceparent}, ${other}`, traceparent.toUpperCase()]) {
      expect(taken(read('application/json', login, { traceparent: header }))).toEqual([`event: ${login}`]);
    }
    expect(taken(read('application/json', login, { tracestate: 'a=1' }))).toEqual([`event: ${login}`]);
  });

  it('makes many events not much longer', () => {
    const state = Array.from({ length: 20 }, (_, i) => `key${i}=${'x'.repeat(15)}`).join(',');
    const reading = read('application/x-ndjson', `${login}\n`.repeat(9000), { traceparent, tracestate: state });
    if ('problem' in reading) throw new Error(reading.problem.detail);
    const bytes = reading.requests.reduce((sum, request) => sum + request.bytes.length, 0);
    expect(bytes).toBeLessThan(9000 * login.length + 1024 * 1024);
  });
});
