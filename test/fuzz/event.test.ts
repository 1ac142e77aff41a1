import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type Json, withDoubles, withSortedNames, writeJson } from '../../src/base/event.ts';
import { decodeEvent } from '../../src/decode/event.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { readJson } from '../../src/decode/json.ts';
import { readStrictJson } from '../../src/decode/strict-json.ts';
import { captured } from '../decode/captured.ts';
import { accepted } from '../decode/outcome.ts';
import { damaged, fuzz } from './fuzz.ts';

const messages = captured
  .map(({ bytes }) => Buffer.from(accepted(decodeFrame(bytes)).message))
  .filter((message) => message[0] === 0x7b && message.length < 3_000);
const tokens = ['"', '\\', '{', '}', '[', ']', ',', ':', '\\u0022', '"event":"x",', '"__proto__":', '1e400', '-', '0'];
const manyTokens = [...tokens, '9007199254740993', '123456789012345678', '1E5', '.5', 'null', 'true', '\0', '\n', 'ü'];
const limits = { maxLength: 100_000, maxDepth: 32 };

/** JSON as senders might write it: with few names, so that they occur twice, and all ways to write a number or a letter. */
const { value: spelledJson } = fc.letrec<{ value: string; member: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom('null', 'true', '""', '"\\""', '"\\\\"', '"\\u005F_proto__"', '":{["', '"9007199254740993"'),
    fc.constantFrom('0', '-0', '1.0', '1e5', '2E-3', '9007199254740991', '-9007199254740992', '0.12345678901234567'),
    fc.array(tie('value'), { maxLength: 3 }).map((elements) => `[${elements.join(', ')}]`),
    fc.array(tie('member'), { maxLength: 4 }).map((members) => `{ ${members.join(',')}}`),
    // Around the limit of the depth.
    fc
      .tuple(fc.integer({ min: 28, max: 34 }), tie('value'))
      .map(([n, inner]) => '[{"a":'.repeat(n / 2) + inner + '}]'.repeat(n / 2)),
  ),
  member: fc
    .tuple(
      fc.constantFrom('"a"', '"\\u0061"', '"b"', '"c"', '"event"', '"toString"', '"__proto__"', '"1"'),
      tie('value'),
    )
    .map(([name, value]) => `${name}:${value}`),
}));

function native(text: string): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The numbers of a text that is JSON, as they are written. */
function numbersIn(text: string): readonly string[] {
  return text.replace(/"(?:[^"\\]|\\.)*"/gs, '').match(/-?[0-9][0-9.eE+-]*/g) ?? [];
}

/** The quick reader answers as the strict one does, and the strict one accepts nothing that JSON.parse would not. */
function check(text: string): void {
  const strict = readStrictJson(text, limits);
  const { compact, ...quick } = { compact: undefined, ...readJson(text, limits) };
  expect(isDeepStrictEqual(quick, strict)).toBe(true);
  // What is delivered as it was sent has no blanks between its parts, so that it is one line.
  if (compact) expect(text.replace(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/\s/);
  const reference = native(text);
  if (strict.ok) {
    if (reference === undefined) throw new Error('accepted what is no JSON');
    expect(isDeepStrictEqual(withDoubles(strict.value), reference.value)).toBe(true);
    const written = writeJson(strict.value);
    expect(written.length).toBeLessThanOrEqual(6 * text.length);
    // Names that are numbers come first, so their values may have changed places.
    expect(numbersIn(written).toSorted()).toEqual(numbersIn(text).toSorted());
    const sorted = writeJson(withSortedNames(strict.value));
    expect(isDeepStrictEqual(JSON.parse(sorted), reference.value)).toBe(true);
  } else {
    const { stage, message, byte } = strict.problem;
    expect(stage).toBe('json');
    expect(message.length).toBeLessThan(200);
    expect(byte).toBeLessThanOrEqual(Buffer.byteLength(text));
    // What is JSON all the same is refused for one of the documented reasons only.
    if (reference !== undefined) expect(message).toMatch(/second time|__proto__|deep/);
  }
  const event = decodeEvent(text, limits);
  if (event.ok) expect(event.value.event).toMatch(/^[\x21-\x7e]{1,128}$/);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
}

describe('the event', () => {
  fuzz(
    'stands real events with damage',
    damaged(messages, manyTokens).map((bytes) => Buffer.from(bytes).toString()),
    check,
  );
  fuzz('stands any JSON', fc.oneof(fc.json(), spelledJson), check);
  fuzz(
    'stands any text',
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...manyTokens, ' ', '"a"', '1'), { maxLength: 30 }).map((pieces) => pieces.join('')),
    ),
    check,
  );
});
