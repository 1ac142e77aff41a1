import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BelfryError } from '../../src/base/error.ts';
import type { Request } from '../../src/base/request.ts';
import { encodeFrame } from '../../src/decode/encode-frame.ts';
import { decodeFrame, maxOptions } from '../../src/decode/frame.ts';
import { decodeRaw } from '../../src/decode/raw.ts';
import { factsOf } from '../support/facts.ts';
import { captured, capturedBytes } from './captured.ts';
import { accepted, refused } from './outcome.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** A frame of these fields, each with its NUL. */
const frameOf = (...fields: string[]): Uint8Array => bytesOf(fields.map((field) => `${field}\0`).join(''));

const leading = ['log', 'EVENT', 'normal', 'john', 'INBOX'];

describe('captured requests', () => {
  const eventLess = new Set(['MAIL', 'SIEVE', 'IMIP']);

  it.each(captured)('$name is decoded and encoded to the same bytes', ({ type, bytes }) => {
    const request = accepted(decodeFrame(bytes));
    if (eventLess.has(type)) expect(request.class).toBe(type);
    else expect(request.message).toMatch(new RegExp(`^\\{"event":"${type.replaceAll('.', '\\.')}",.*\\}$`, 's'));
    expect(Buffer.from(encodeFrame(request)).equals(bytes)).toBe(true);
  });

  it('have all the fields of a SIEVE request', () => {
    expect(accepted(decodeFrame(capturedBytes('411-SIEVE')))).toEqual({
      method: 'mailto',
      class: 'SIEVE',
      priority: 'normal',
      user: 'john',
      mailbox: '',
      options: ['bob@elsewhere.example'],
      message: 'New mail\n\nAction(s) taken:\nKept\n',
      fname: '/var/lib/cyrus/stat/spool/stage./20266-1795242537-0',
    });
  });

  it('may have an empty message', () => {
    const request = accepted(decodeFrame(capturedBytes('023-MAIL')));
    expect(request).toMatchObject({ class: 'MAIL', user: 'john', mailbox: 'INBOX', options: [], message: '' });
    expect(request).not.toHaveProperty('fname');
  });
});

describe('the end of a frame', () => {
  const framed = { method: 'log', class: 'EVENT', priority: 'normal', user: 'john', mailbox: 'INBOX' };

  it.each<[string, string, Partial<Request>]>([
    ['the message with its NUL', '0\0text\0', { options: [], message: 'text' }],
    ['the message without a NUL', '0\0text', { options: [], message: 'text' }],
    ['an empty message', '0\0\0', { options: [], message: '' }],
    ['fname with its NUL', '0\0text\0/stage\0', { options: [], message: 'text', fname: '/stage' }],
    ['fname without a NUL', '0\0text\0/stage', { options: [], message: 'text', fname: '/stage' }],
    ['an empty fname, which is none', '0\0text\0\0', { options: [], message: 'text' }],
    ['options and a message', '2\0a\0\0text\0', { options: ['a', ''], message: 'text' }],
    ['options, an empty message and fname', '1\0a\0\0f\0', { options: ['a'], message: '', fname: 'f' }],
  ])('is %s', (_, end, expected) => {
    expect(accepted(decodeFrame(bytesOf(`${leading.join('\0')}\0${end}`)))).toEqual({ ...framed, ...expected });
  });

  it('is the most options that are allowed', () => {
    const options = Array.from({ length: maxOptions }, (_, index) => String(index));
    const request = accepted(decodeFrame(frameOf(...leading, String(maxOptions), ...options, 'text')));
    expect(request.options).toEqual(options);
  });
});

describe('a malformed frame', () => {
  const lead = leading.join('\0').length + 1;

  it.each<[string, Uint8Array, string, number]>([
    ['nothing at all', bytesOf(''), 'empty', 0],
    ['text without a NUL', bytesOf('hello'), 'field 1, method', 5],
    ['a NUL alone', bytesOf('\0'), 'field 2, class', 1],
    ['no mailbox', frameOf('log', 'EVENT', 'normal', 'john'), 'field 5, mailbox', 22],
    ['no nopt', frameOf(...leading), 'field 6, nopt', lead],
    ['nopt without its NUL', bytesOf(`${leading.join('\0')}\x000`), 'field 6, nopt', lead + 1],
    ['no message', frameOf(...leading, '0'), 'message', lead + 2],
    ['no message after options', frameOf(...leading, '1', 'a'), 'message', lead + 4],
    ['fewer options than announced', frameOf(...leading, '3', 'a', 'b'), 'option 3 of 3', lead + 6],
    ['an option without its NUL', bytesOf(`${leading.join('\0')}\x001\0a`), 'option 1 of 1', lead + 3],
    ['an empty nopt', frameOf(...leading, '', 'text'), '""', lead],
    ['a negative nopt', frameOf(...leading, '-1', 'text'), '"-1"', lead],
    ['a signed nopt', frameOf(...leading, '+1', 'a', 'text'), '"+1"', lead],
    ['a padded nopt', frameOf(...leading, '01', 'a', 'text'), '"01"', lead],
    ['a hexadecimal nopt', frameOf(...leading, '0x1', 'a', 'text'), '"0x1"', lead],
    ['nopt with a line end', frameOf(...leading, '1\n', 'a', 'text'), '"1\\n"', lead],
    ['one option too many', frameOf(...leading, String(maxOptions + 1), 'text'), 'field 6', lead],
    ['10,000 options', frameOf(...leading, '10000', ...Array.from({ length: 10_000 }, () => 'o'), 'text'), '256', lead],
    ['an endless nopt', frameOf(...leading, '9'.repeat(60_000), 'text'), 'options', lead],
    ['a tenth field', frameOf(...leading, '0', 'text', 'fname', 'more'), '5 bytes', lead + 13],
    ['padding', frameOf(...leading, '0', 'text', '', '', ''), '2 bytes', lead + 8],
  ])('%s', (_, bytes, message, byte) => {
    const problem = refused(decodeFrame(bytes));
    expect(problem).toMatchObject({ stage: 'frame', byte });
    expect(problem.message).toContain(message);
    expect(problem.message.length).toBeLessThan(200);
  });

  it('is located in bytes, also after letters of several', () => {
    const bytes = Buffer.from('log\0EVENT\0normal\0jürgen\0Ü\x00x\0text\0', 'utf8');
    expect(refused(decodeFrame(bytes)).byte).toBe(bytes.indexOf('x\0'));
  });
});

describe('the encoding of fields', () => {
  it('is UTF-8, whose byte order mark stays', () => {
    const bytes = Buffer.from('log\0MAIL\0\0jürgen\0日本語\x000\0\ufeffSubject: 😀\0', 'utf8');
    expect(accepted(decodeFrame(bytes))).toMatchObject({
      user: 'jürgen',
      mailbox: '日本語',
      message: '\ufeffSubject: 😀',
    });
  });

  it('is ISO 8859-1 for a field that is not UTF-8, and for no other', () => {
    const bytes = Buffer.concat([
      Buffer.from('log\0MAIL\0\0jürgen\0', 'utf8'),
      Buffer.from('Entw\xfcrfe\x002\0\xff\x80\0', 'latin1'),
      Buffer.from('größe\0Grüße\0', 'utf8'),
      Buffer.from('/stage/\xe9', 'latin1'),
    ]);
    expect(accepted(decodeFrame(bytes))).toEqual({
      method: 'log',
      class: 'MAIL',
      priority: '',
      user: 'jürgen',
      mailbox: 'Entwürfe',
      options: ['\xff\x80', 'größe'],
      message: 'Grüße',
      fname: '/stage/é',
    });
  });

  it('does not depend on how the bytes are held', () => {
    const bytes = capturedBytes('411-SIEVE');
    const surrounded = new Uint8Array(bytes.length + 20).fill(0x41);
    surrounded.set(bytes, 7);
    expect(decodeFrame(surrounded.subarray(7, 7 + bytes.length))).toEqual(decodeFrame(bytes));
  });
});

describe('a bare event', () => {
  const json = '{"event":"Login","user":"jürgen"}';
  const bare = { method: '', class: 'EVENT', priority: '', user: '', mailbox: '', options: [], message: json };

  it.each(['', '\0', '\n', '\r\n', '\n\0'])('may end in %j', (end) => {
    expect(accepted(decodeFrame(Buffer.from(json + end, 'utf8')))).toEqual(bare);
  });

  it('is read as ISO 8859-1 when it is not UTF-8', () => {
    expect(accepted(decodeFrame(Buffer.from(json, 'latin1')))).toEqual({ ...bare, messageCharset: 'latin1' });
  });

  it('holds no NUL before its end', () => {
    expect(refused(decodeFrame(bytesOf('{"a"\0:1}')))).toMatchObject({ stage: 'frame', byte: 4 });
    expect(refused(decodeFrame(bytesOf('{}\0\0')))).toMatchObject({ stage: 'frame', byte: 2 });
  });
});

describe('a raw request', () => {
  it('is decoded by its format', () => {
    const bytes = capturedBytes('016-MessageNew');
    expect(decodeRaw({ format: 'datagram', bytes })).toEqual(decodeFrame(bytes));
  });

  it('that was cut is refused, with both sizes, even if what is left could be read', () => {
    const bytes = frameOf(...leading, '0', 'text');
    const problem = refused(decodeRaw({ format: 'datagram', bytes, truncatedFrom: 70_000 }));
    expect(problem).toMatchObject({ stage: 'truncated', byte: bytes.length });
    expect(factsOf(problem.message)).toContain(`70000 ${bytes.length}`);
  });
});

describe('encoding', () => {
  const request: Request = {
    method: 'log',
    class: 'EVENT',
    priority: '',
    user: '',
    mailbox: '',
    options: [],
    message: 'text',
  };

  it.each<[string, Partial<Request>, string]>([
    ['a NUL in a field', { user: 'jo\0hn' }, ' 3;'],
    ['a NUL in an option', { options: ['a', '\0'] }, ' 1;'],
    ['a NUL in fname', { fname: 'a\0' }, 'NUL'],
    ['too many options', { options: Array.from({ length: maxOptions + 1 }, () => '') }, '257'],
    ['a method that would mark a bare event', { method: '{x' }, '"{x"'],
  ])('refuses %s', (_, wrong, message) => {
    const attempt = () => encodeFrame({ ...request, ...wrong });
    expect(attempt).toThrow(BelfryError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('leaves out an empty fname', () => {
    expect(encodeFrame({ ...request, fname: '' })).toEqual(encodeFrame(request));
  });

  it('is undone by decoding', () => {
    const field = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
    const anyRequest: fc.Arbitrary<Request> = fc.record(
      {
        method: field.filter((text) => !text.startsWith('{')),
        class: field,
        priority: field,
        user: field,
        mailbox: field,
        options: fc.array(field),
        message: field,
        fname: field.filter((text) => text !== ''),
      },
      { requiredKeys: ['method', 'class', 'priority', 'user', 'mailbox', 'options', 'message'] },
    );
    fc.assert(
      fc.property(anyRequest, (sent) => {
        expect(accepted(decodeFrame(encodeFrame(sent)))).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });
});
