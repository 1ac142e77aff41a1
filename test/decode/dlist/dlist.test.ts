import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Request } from '../../../src/base/request.ts';
import { astring, encodeAnswer, encodeNotify } from '../../../src/decode/dlist/encode.ts';
import { defaultDlistLimits } from '../../../src/decode/dlist/line.ts';
import { decodeNotify } from '../../../src/decode/dlist/notify.ts';
import { parseDlist } from '../../../src/decode/dlist/parse.ts';
import { DlistScanner } from '../../../src/decode/dlist/scanner.ts';
import { decodeRaw } from '../../../src/decode/raw.ts';
import { damaged } from '../../fuzz/fuzz.ts';
import { tokens } from './tokens.ts';

const folder = new URL('../../fixtures/cyrus-dlist/', import.meta.url);
const captured = readdirSync(folder)
  .filter((file) => file.endsWith('.bin'))
  .map((file) => ({ name: file.replace('.bin', ''), bytes: readFileSync(new URL(file, folder)) }));
const bytesOf = (name: string): Buffer => captured.find((one) => one.name === name)?.bytes ?? Buffer.alloc(0);
const bounded = { numRuns: 100 };

/** What the scanner says after all pieces: how it ended, where, and what it found. */
function scan(pieces: readonly Uint8Array[], limits = defaultDlistLimits) {
  const found: unknown[] = [];
  const scanner = new DlistScanner(limits, {
    value: (...value) => found.push(value),
    open: (kind) => found.push(kind),
    close: () => found.push(')'),
  });
  let rest = 0;
  for (const piece of pieces) rest += piece.length - scanner.feed(piece);
  const { complete, problem, position } = scanner;
  return { found, complete, problem, position, rest };
}

function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

const problemOf = (text: string, limits = defaultDlistLimits) => scan([Buffer.from(text)], limits).problem;

describe('a real request', () => {
  it.each(captured)('$name is read', ({ bytes, name }) => {
    const outcome = decodeRaw({ format: 'dlist', bytes });
    expect(outcome).toMatchObject({ ok: true, value: { class: /(MAIL|IMIP|SIEVE)$/.exec(name)?.[1] ?? 'EVENT' } });
  });

  it('gives all of its fields', () => {
    expect(decodeNotify(bytesOf('411-SIEVE'))).toEqual({
      ok: true,
      value: {
        ...{ method: 'mailto', class: 'SIEVE', priority: 'normal', user: 'john', mailbox: '' },
        options: ['bob@elsewhere.example'],
        message: 'New mail\n\nAction(s) taken:\nKept\n',
        fname: '/var/lib/cyrus/stat/spool/stage./20955-1795242548-0',
      },
    });
    expect(decodeNotify(bytesOf('023-MAIL'))).toMatchObject({ value: { mailbox: 'INBOX', message: '', options: [] } });
  });

  it('is written as Cyrus writes it', () => {
    for (const { bytes } of captured) {
      const outcome = decodeNotify(bytes);
      if (!outcome.ok) throw new Error(outcome.problem.message);
      expect(encodeNotify(outcome.value).toString()).toBe(bytes.toString());
    }
  });

  it('is the same however its bytes are cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(...captured), fc.array(fc.nat(), { maxLength: 20 }), ({ bytes }, places) => {
        expect(scan(cut(bytes, places))).toEqual(scan([bytes]));
      }),
      { ...bounded, numRuns: 200 },
    );
    const { bytes } = captured[0] ?? { bytes: Buffer.alloc(0) };
    expect(scan([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(scan([bytes]));
  });
});

describe('the grammar', () => {
  it('has atoms, quoted strings, literals of both kinds, NIL, lists and lists of pairs', () => {
    const line = 'X %(a "q\\"\\\\" b {3}\r\na)\n c {0+}\r\n NIL () d (1 (NIL "NIL") %(k v)) e nil)\r\n';
    expect(parseDlist(Buffer.from(line))).toEqual({
      ok: true,
      value: {
        name: 'X',
        value: {
          kind: 'kvlist',
          entries: [
            ['a', { kind: 'text', text: 'q"\\' }],
            ['b', { kind: 'text', text: 'a)\n' }],
            ['c', { kind: 'text', text: '' }],
            ['NIL', { kind: 'list', items: [] }],
            [
              'd',
              {
                kind: 'list',
                items: [
                  { kind: 'text', text: '1' },
                  { kind: 'list', items: [{ kind: 'nil' }, { kind: 'text', text: 'NIL' }] },
                  { kind: 'kvlist', entries: [['k', { kind: 'text', text: 'v' }]] },
                ],
              },
            ],
            ['e', { kind: 'text', text: 'nil' }],
          ],
        },
      },
    });
  });

  it('takes keys of any case, any order, and unknown ones', () => {
    const line = 'notify %(Message hi FUTURE (1 %(2 3)) method log OPTIONS NIL)\r\n';
    expect(decodeNotify(Buffer.from(line))).toMatchObject({ value: { method: 'log', message: 'hi', user: '' } });
  });

  it.each([
    ['\r\n', 0, 'a command'],
    ['NOTIFY\r\n', 6, 'a value'],
    ['NOTIFY %(A)\r\n', 10, 'its value'],
    ['NOTIFY %(A\r\n', 10, 'a value'],
    ['NOTIFY %(A B\r\n', 12, 'a key or )'],
    ['NOTIFY %(A "b\r\n', 13, 'within quotes'],
    ['NOTIFY %(A "b\0"', 13, 'NUL'],
    ['NOTIFY %(A {x}\r\n', 12, 'digits'],
    ['NOTIFY %(A {}\r\n', 12, 'digits'],
    ['NOTIFY %(A {1+x\r\n', 14, 'expected }'],
    ['NOTIFY %(A {1}x', 14, 'CR LF'],
    ['NOTIFY %(A {11111111111}', 22, 'digits'],
    ['NOTIFY %{default x 1}\r\n', 8, 'a file'],
    ['NOTIFY %x', 8, 'expected %('],
    ['NOTIFY )', 7, 'a value'],
    ['NOTIFY %((a) b)\r\n', 9, 'a key'],
    ['NOTIFY %(A "b"c)\r\n', 14, 'a space'],
    ['NOTIFY %(A b"c)\r\n', 12, 'an atom'],
    ['NOTIFY %()x', 10, 'the line end'],
    ['NOTIFY %()\rx', 11, 'expected LF'],
    [' NOTIFY', 0, 'expected NOTIFY'],
  ])('says of %j where and what', (line, byte, message) => {
    expect(problemOf(line)).toEqual({ message: expect.stringContaining(message), byte });
  });

  it('says what is wrong with a request that is well written', () => {
    const reasonOf = (line: string): unknown => {
      const outcome = decodeNotify(Buffer.from(line));
      return outcome.ok || outcome.problem.message;
    };
    expect(reasonOf('PING %()\r\n')).toContain('"PING"');
    expect(reasonOf('NOTIFY x\r\n')).toContain('%(');
    expect(reasonOf('NOTIFY %(METHOD (a))\r\n')).toMatch(/^METHOD .*list/);
    expect(reasonOf('NOTIFY %(OPTIONS a)\r\n')).toContain('OPTIONS');
    expect(reasonOf('NOTIFY %(OPTIONS ((a)))\r\n')).toContain('OPTIONS');
    expect(reasonOf(`NOTIFY %(OPTIONS (${'a '.repeat(257)}))\r\n`)).toContain('257');
    expect(reasonOf('NOTIFY %(USER {1+}\r\n\0)\r\n')).toContain('NUL');
    expect(reasonOf('NOTIFY %()')).toContain('line end');
    expect(reasonOf('NOTIFY %()\r\nX')).toContain('1 bytes after');
  });

  it('has limits: of size, at the announcement of a literal already, of depth and of values', () => {
    const limits = { maxBytes: 100, maxDepth: 2, maxValues: 6 };
    expect(problemOf('X %(A {90}\r\n', limits)).toMatchObject({
      tooLarge: true,
      message: expect.stringContaining('90'),
    });
    expect(problemOf(`X %(A "${'a'.repeat(100)}`, limits)).toMatchObject({ tooLarge: true, byte: 100 });
    expect(problemOf('X ((', limits)).toBeUndefined();
    expect(problemOf('X (((', limits)?.message).toContain('2 lists');
    expect(problemOf('X (1 2 3 4)', limits)).toBeUndefined();
    expect(problemOf('X (1 2 3 4 5)', limits)?.message).toContain('6 values');
  });

  it('knows when a sender waits to be told to go on, and how much is to come', () => {
    const scanner = new DlistScanner();
    scanner.feed(Buffer.from('X {5+}\r\n'));
    expect([scanner.awaitsContinuation, scanner.announced]).toEqual([false, 13]);
    const waiting = new DlistScanner();
    waiting.feed(Buffer.from('X {5}\r\n'));
    expect([waiting.awaitsContinuation, waiting.announced]).toEqual([true, 12]);
    waiting.feed(Buffer.from('a'));
    expect(waiting.awaitsContinuation).toBe(false);
  });

  it('does not look at the bytes of a literal', () => {
    const size = 32 * 1024 * 1024;
    const scanner = new DlistScanner();
    scanner.feed(Buffer.from(`X {${size}+}\r\n`));
    const piece = Buffer.alloc(64 * 1024);
    // Of the processor: what else the machine does costs time, but not ours.
    const before = process.cpuUsage();
    for (let sent = 0; sent < size; sent += piece.length) scanner.feed(piece);
    scanner.feed(Buffer.from('\r\n'));
    expect(scanner.complete).toBe(true);
    const { user, system } = process.cpuUsage(before);
    // Microseconds. It takes some hundred of them; looking at each byte takes more than a million.
    expect(user + system).toBeLessThan(200_000);
  });
});

describe('what is written', () => {
  const text = fc
    .oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', 'NIL', 'nil', '"\\', 'a b', '{3}', 'ü'))
    .map((any) => Buffer.from(any).toString());
  const field = text.map((any) => any.replaceAll('\0', ''));
  const request: fc.Arbitrary<Request> = fc.record({
    ...{ method: field, class: field, priority: field, user: field, mailbox: field, message: field },
    options: fc.array(field, { maxLength: 5 }),
    fname: field.filter((path) => path !== ''),
  });

  it('is read as it was meant', () => {
    fc.assert(
      fc.property(request, (given) => {
        expect(decodeNotify(encodeNotify(given))).toEqual({ ok: true, value: given });
      }),
      { ...bounded, numRuns: 500 },
    );
    const latin: Request = { ...empty, message: 'Gr\xfc\xdfe', messageCharset: 'latin1' };
    expect(encodeNotify(latin).includes(Buffer.from('{5+}\r\nGr\xfc\xdfe', 'latin1'))).toBe(true);
    expect(decodeNotify(encodeNotify(latin))).toEqual({ ok: true, value: latin });
    expect(astring('NIL')).toBe('"NIL"');
    expect(() => encodeNotify({ ...empty, user: 'a\0' })).toThrow('USER');
  });

  it('answers on one line, whatever the reason', () => {
    expect(encodeAnswer({ word: 'OK', id: '01M7YT' }).toString()).toBe('OK %(ID 01M7YT)\r\n');
    fc.assert(
      fc.property(text, fc.constantFrom('NO' as const, 'BAD' as const), (reason, word) => {
        const answer = encodeAnswer({ word, reason });
        expect(answer.toString().indexOf('\r')).toBe(answer.toString().length - 2);
        const line = parseDlist(answer);
        expect(line).toMatchObject({ value: { name: word, value: { kind: 'kvlist', entries: [['REASON', {}]] } } });
      }),
      { ...bounded, numRuns: 300 },
    );
    expect(encodeAnswer({ word: 'NO', reason: 'a "b"\r\n\\c' }).toString()).toBe(
      'NO %(REASON "a \\"b\\"\\\\r\\\\n\\\\c")\r\n',
    );
  });
});

describe('any bytes', () => {
  const small = captured.map(({ bytes }) => bytes).filter((bytes) => bytes.length < 3000);

  it('never make it throw, and are the same however they are cut', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          damaged(small, tokens),
          fc.array(fc.constantFrom(...tokens, 'A')).map((all) => Buffer.from(all.join(''))),
        ),
        fc.array(fc.nat(), { maxLength: 8 }),
        (bytes, places) => {
          const whole = scan([bytes]);
          expect(scan(cut(bytes, places))).toEqual(whole);
          expect(whole.position + whole.rest).toBe(bytes.length);
          const outcome = decodeNotify(bytes);
          if (outcome.ok) expect(decodeNotify(encodeNotify(outcome.value))).toEqual(outcome);
          else expect(outcome.problem.byte ?? 0).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { ...bounded, numRuns: 3000 },
    );
  });
});

const empty: Request = { method: '', class: '', priority: '', user: '', mailbox: '', options: [], message: '' };
