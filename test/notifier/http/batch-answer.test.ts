/** What an answer to a batch says of its parts, and that nothing that it may have said is taken for consent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBatchAnswer } from '../../../src/notifier/http/batch-answer.ts';

const read = (body: string, more: { complete?: boolean; contentType?: string } = {}) =>
  readBatchAnswer({ body, complete: true, contentType: undefined, ...more }, 'https://r');

describe('an answer', () => {
  it.each([
    [
      'one with a status',
      '{"failed":[{"id":"a","status":"rejected","reason":"too old\\n"}]}',
      'rejected',
      /too old\\n$/,
    ],
    ['one without', '{"failed":[{"id":"a"}]}', 'retry', /^https:\/\/r /],
    ['one with another status', '{"failed":[{"id":"a","status":"odd","reason":""}]}', 'retry', /^https:\/\/r /],
    ['an id alone', '{"failed":["a"],"more":1}', 'retry', /^https:\/\/r /],
  ])('names what was not taken: %s', (_, body, status, reason) => {
    const outcomes = read(body);
    expect(outcomes).toEqual(new Map([['a', { status, reason: expect.stringMatching(reason) }]]));
  });

  it.each(['', 'thank you', '{}', '{"failed":[]}', '{"failed":null}', '[1]', '{"a":{"failed":["x"]}}'])(
    'names nothing: %s',
    (body) => {
      expect(read(body)).toEqual(new Map());
    },
  );

  it.each([
    ['it breaks off', '{"failed":[{"id":"a"', { complete: false }],
    ['it breaks off before', '{"fai', { complete: false, contentType: 'application/json; charset=utf-8' }],
    ['it is no JSON', '{"failed":[}', {}],
    ['it names no array', '{"failed":{"id":"a"}}', {}],
    ['it names no id', '{"failed":[{"ID":"a"}]}', {}],
    ['it names a number', '{"failed":[12]}', {}],
  ])('that may have named some cannot be read: %s', (_, body, more) => {
    expect(read(body, more)).toEqual({ wrong: expect.any(String) });
  });

  it('that breaks off without being JSON is none', () => {
    expect(read('thank y', { complete: false, contentType: 'text/plain' })).toEqual(new Map());
  });

  it('of any kind is read without an exception', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"failed":${json}}`),
    );
    fc.assert(fc.property(bodies, fc.boolean(), (body, complete) => void read(body, { complete })));
  });
});
