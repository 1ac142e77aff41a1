import { describe, expect, it } from 'vitest';
import { ExactNumber, writeJson } from '../../src/base/event.ts';
import { decodeEvent, maxEventDepth } from '../../src/decode/event.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { readJson } from '../../src/decode/json.ts';
import { readStrictJson } from '../../src/decode/strict-json.ts';
import { factsOf } from '../support/facts.ts';
import { measuredMs } from '../support/processor-ms.ts';
import { captured } from './captured.ts';
import { accepted, refused } from './outcome.ts';

const limits = { maxLength: 1_000_000, maxDepth: maxEventDepth };

describe('captured events', () => {
  const events = captured
    .map(({ name, type, bytes }) => ({ name, type, request: accepted(decodeFrame(bytes)) }))
    .filter(({ request }) => request.class === 'EVENT');

  it.each(events)('$name is decoded, and nothing of it is lost', ({ type, request }) => {
    const event = accepted(decodeEvent(request.message));
    expect(event.event).toBe(type);
    expect(event).toEqual(JSON.parse(request.message));
    expect(readStrictJson(request.message, limits)).toEqual({ ok: true, value: event });
  });
});

describe('an event', () => {
  it.each([
    ['{}', 'missing'],
    ['{"Event":"Login"}', 'missing'],
    ['{"event":1}', 'number'],
    ['{"event":null}', 'null'],
    ['{"event":["Login"]}', 'array'],
    ['{"event":{}}', 'object'],
    ['{"event":""}', '128'],
    ['{"event":"Log in"}', '"Log in"'],
    ['{"event":"Login\\n"}', '"Login\\n"'],
    ['{"event":"L\u00f6gin"}', '"Lögin"'],
    [`{"event":"${'x'.repeat(129)}"}`, `"${'x'.repeat(40)}…"`],
    ['[]', 'array'],
    ['"Login"', 'string'],
    ['null', 'null'],
    ['17', 'number'],
  ])('%s is refused', (text, message) => {
    const problem = refused(decodeEvent(text));
    expect(problem.stage).toBe('event');
    expect(problem.message).toContain(message);
  });

  it('may have the longest type', () => {
    const type = 'x'.repeat(128);
    expect(accepted(decodeEvent(JSON.stringify({ event: type })))).toEqual({ event: type });
  });

  it('is bounded in length and depth, as the caller says', () => {
    const text = '{"event":"Login","a":{"b":[1]}}';
    expect(decodeEvent(text, { maxLength: text.length, maxDepth: 3 }).ok).toBe(true);
    expect(factsOf(refused(decodeEvent(text, { maxLength: text.length - 1 })).message)).toBe('31 30');
    expect(refused(decodeEvent(text, { maxDepth: 2 }))).toEqual({
      stage: 'json',
      message: expect.stringMatching(/ 2 .* 2 /),
      byte: 26,
    });
  });

  it('cannot touch a prototype', () => {
    for (const name of ['__proto__', '__pr\\u006fto__']) {
      for (const text of [`{"event":"x","${name}":{"polluted":1}}`, `{"event":"x","a":[{"${name}":null}]}`]) {
        expect(refused(decodeEvent(text))).toMatchObject({
          stage: 'json',
          message: expect.stringContaining('"__proto__"'),
          byte: text.indexOf('"__'),
        });
      }
    }
    const event = accepted(decodeEvent('{"event":"x","constructor":{"prototype":{"polluted":1}},"toString":2}'));
    expect(Object.keys(event)).toEqual(['event', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });

  it('may hold what looks like a forbidden name in a value', () => {
    expect(accepted(decodeEvent('{"event":"x","user":"__proto__"}'))).toEqual({ event: 'x', user: '__proto__' });
  });
});

describe('names that occur twice', () => {
  it.each([
    ['{"event":"Login","user":"a","user":"b"}', '"user"', 28],
    ['{"event":"Login","event":"Logout"}', '"event"', 17],
    ['{"event":"Login","a":[{"b":1,"c":2,"b":3}]}', '"b"', 35],
    ['{"event":"Login","us\\u0065r":1,"user":2}', '"user"', 31],
    ['{"ü":1,"event":"Login","ü":1}', '"ü"', 24],
    ['{"event":"x","toString":1,"toString":2}', '"toString"', 26],
    ['{"event":"x","":1,"":2}', '""', 18],
  ])('are refused in %s', (text, name, byte) => {
    expect(refused(decodeEvent(text))).toEqual({
      stage: 'json',
      message: expect.stringContaining(name),
      byte,
    });
  });

  it('are fine in different objects', () => {
    const text = '{"event":"x","a":{"event":1},"b":[{"a":1},{"a":2}]}';
    expect(accepted(decodeEvent(text))).toEqual(JSON.parse(text));
  });
});

describe('numbers', () => {
  const plain = ['0', '-1', '1', '0.5', '9007199254740991', '-9007199254740991', '1e+21', '9007199254740992'];
  const exact = [
    ...['-0', '1.0', '1.5e3', '1E-2', '9007199254740993', '-9007199254740993', '9007199254740993.0', '1e400'],
    ...['9223372036854775807', '123456789012345678901234567890', '0.1234567890123456789', '1e20', '1e-400'],
    ...[`1${'0'.repeat(400)}`, `-1${'0'.repeat(400)}.0`],
  ];

  it.each(plain)('%s is a number', (text) => {
    expect(accepted(decodeEvent(`{"event":"x","n":${text}}`))['n']).toBe(Number(text));
    expect(decodeEvent(`{"event":"x","n":${text}}`)).not.toHaveProperty('exact');
  });

  it.each(exact)('%.20s keeps its form, because JavaScript would write it otherwise', (text) => {
    const read = decodeEvent(`{"event":"x","n":${text}}`);
    expect(accepted(read)['n']).toEqual(new ExactNumber(text));
    expect(read).toHaveProperty('exact', true);
    expect(accepted(decodeEvent(`{"event":"x","n":[1,{"n":${text}}]}`))['n']).toEqual([
      1,
      { n: new ExactNumber(text) },
    ]);
  });

  it.each([...plain, ...exact])('%.20s is written as it was read', (text) => {
    const written = `{"event":"x","n":[${text},{"m":${text},"s":"${text}"}],"z":null}`;
    expect(writeJson(accepted(decodeEvent(written)))).toBe(written);
  });

  it('are never changed unnoticed: whatever does not write them as they were throws', () => {
    expect(() => JSON.stringify(accepted(decodeEvent('{"event":"x","n":1.0}')))).toThrow(/writeJson/);
  });

  it('keeps long digits in a string as they are', () => {
    expect(accepted(decodeEvent('{"event":"x","n":"9007199254740993"}'))['n']).toBe('9007199254740993');
  });
});

describe('JSON that is none', () => {
  it.each<[string, string, number]>([
    ['', 'JSON', 0],
    ['  ', 'JSON', 2],
    ['\ufeff{}', '"\\ufeff" JSON', 0],
    ['{', '', 1],
    ['{a:1}', '"a"', 1],
    ["{'a':1}", `"'"`, 1],
    ['{"a"}', '"}" ":"', 4],
    ['{"a":}', '"}" JSON', 5],
    ['{"a":1', '"," "}"', 6],
    ['{"a":1 "b":2}', '"\\" "," "}"', 7],
    ['{"a":1,}', '"}"', 7],
    ['[1,]', '"]" JSON', 3],
    ['[1 2]', '"2" "," "]"', 3],
    ['[1}', '"}" "," "]"', 2],
    ['{} x', '"x" JSON', 3],
    ['{}{}', '"{" JSON', 2],
    ['nul', '"n" JSON', 0],
    ['True', '"T" JSON', 0],
    ['NaN', '"N" JSON', 0],
    ['[truefalse]', '"f" "," "]"', 5],
    ['+1', '"+" JSON', 0],
    ['.5', '"." JSON', 0],
    ['-', '', 1],
    ['-a', '"a"', 1],
    ['1.', '', 2],
    ['1.e5', '"e"', 2],
    ['1e', '', 2],
    ['1e+', '', 3],
    ['01', '0', 0],
    ['-01', '0', 1],
    ['0x10', '"x" JSON', 1],
    ['"abc', '0', 4],
    ['["ü","', '6', 7],
    ['"\\', '\\', 1],
    ['"\\x41"', '\\', 1],
    ['"\\u12g4"', '\\u', 1],
    ['"\\u12', '\\u', 1],
    ['"a\nb"', '\\n', 2],
    ['"\u001f"', '\\n', 1],
    ['"\\n\0"', '\\n', 3],
    ['{"a":1}\0', '"\\u0000" JSON', 7],
    ['["üü",😀]', '"😀" JSON', 8],
    ['/* */{}', '"/" JSON', 0],
    ['[1\u00a0]', '" " "," "]"', 2],
  ])('%j is refused, and where it goes wrong is said', (text, message, byte) => {
    expect(() => JSON.parse(text)).toThrow();
    const problem = refused(readJson(text, limits));
    expect(problem).toMatchObject({ stage: 'json', byte });
    expect(factsOf(problem.message)).toBe(message);
  });
});

describe('strings', () => {
  it('may have every escape', () => {
    const text = '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fC\\ud83d\\ude00 plain \\\\"';
    expect(accepted(readStrictJson(text, limits))).toBe('"\\/\b\f\n\r\tü😀 plain \\');
    expect(accepted(readJson(text, limits))).toBe('"\\/\b\f\n\r\tü😀 plain \\');
  });

  it.each([
    '{"a\\"b":":{[1234567890123456789"}',
    '{"\\\\":"\\\\"}',
    '["\\\\\\"", {"\\"": "\\"\\\\"}]',
    '[" { \\" [ "]',
  ])('with quotes and backslashes in %s do not confuse the count of names', (text) => {
    expect(accepted(readJson(text, limits))).toEqual(JSON.parse(text));
  });
});

describe('hostile sizes', () => {
  const megabyte = 1_000_000;
  const roomy = { maxLength: 2 * megabyte, maxDepth: 32 };

  it.each<[string, string, boolean]>([
    ['brackets', '['.repeat(megabyte), false],
    ['closed brackets', '['.repeat(megabyte / 2) + ']'.repeat(megabyte / 2), false],
    ['objects', '{"a":'.repeat(megabyte / 5), false],
    ['backslashes', `"${'\\\\'.repeat(megabyte / 2)}"`, true],
    ['escaped quotes', `"${'\\"'.repeat(megabyte / 2)}"`, true],
    ['a string that never ends', `"${'\\"'.repeat(megabyte / 2)}`, false],
    ['digits', '9'.repeat(megabyte), true],
    ['digits after a point', `0.${'9'.repeat(megabyte)}`, true],
    ['an exponent', `1e${'9'.repeat(megabyte)}`, true],
    ['empty arrays', `[${'[],'.repeat(megabyte / 3)}[]]`, true],
    ['white space', `${' '.repeat(megabyte)}1`, true],
    ['one name, twice', `{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":0,`).join('')}"k0":1}`, false],
  ])('are read in time that grows with the text: %s', (_, text, ok) => {
    const { result, processorMs } = measuredMs(() => readJson(text, roomy));
    // Some 20 milliseconds; what is quadratic would take minutes.
    expect(processorMs).toBeLessThan(5_000);
    expect(result.ok).toBe(ok);
  });
});
