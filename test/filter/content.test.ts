import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, MailEvent } from '../../src/base/event.ts';
import { type ContentMode, compileContent, contentModes } from '../../src/filter/content.ts';
import { contentByUid, cyrusEvent, messages, messageText } from './samples.ts';

const event = (messageContent: Json, more: Readonly<Record<string, Json>> = {}): MailEvent => ({
  event: 'MessageNew',
  messageContent,
  ...more,
});

function filter(mode: ContentMode | undefined, size: number | undefined, before: MailEvent): MailEvent {
  const outcome = compileContent(mode, size)?.(before, before.event, undefined, 'http');
  if (outcome === undefined) return before;
  if ('reason' in outcome) throw new Error('the content options hold nothing back');
  return outcome.event;
}

/** What becomes of one message. */
const reduce = (mode: ContentMode, size: number, message: string): Json | undefined => {
  const { messageContent } = filter(mode, size, event(message));
  return messageContent;
};

const header = 'From: a\r\nSubject: b\r\n c\r\n\r\n';
const body = 'one\r\n\r\ntwo ü\r\n';

describe('the modes of event_content_inclusion_mode', () => {
  it.each<[ContentMode, number, string, string | undefined]>([
    ['standard', 0, header + body, header + body],
    ['standard', 42, header + body, header + body],
    ['standard', 41, header + body, undefined],
    ['message', 0, header + body, header + body],
    ['message', 28, header + body, `${header}o`],
    ['message', 39, header + body, `${header}one\r\n\r\ntwo `],
    ['message', 40, header + body, `${header}one\r\n\r\ntwo ü`],
    ['message', 1000, header + body, header + body],
    ['header', 0, header + body, header],
    ['header', 8, header + body, 'From: a\r'],
    ['header', 1000, header + body, header],
    ['body', 0, header + body, body],
    ['body', 3, header + body, 'one'],
    ['body', 12, header + body, 'one\r\n\r\ntwo '],
    ['body', 13, header + body, 'one\r\n\r\ntwo ü'],
    ['headerbody', 0, header + body, header + body],
    ['headerbody', 3, header + body, `${header}one`],
    ['headerbody', 13, header + body, `${header}one\r\n\r\ntwo ü`],
  ])('%s with a limit of %d bytes', (mode, size, message, included) => {
    expect(reduce(mode, size, message)).toBe(included);
  });

  it.each([
    ['CRLF', 'A: b\r\n\r\ntext', 'A: b\r\n\r\n', 'text'],
    ['bare LF', 'A: b\n\ntext', 'A: b\n\n', 'text'],
    ['LF, then CRLF', 'A: b\n\r\ntext', 'A: b\n\r\n', 'text'],
    ['CRLF, then LF', 'A: b\r\n\ntext', 'A: b\r\n\n', 'text'],
    ['a lone CR, which ends no line', 'A: b\r\rc\r\n\r\ntext', 'A: b\r\rc\r\n\r\n', 'text'],
    ['a second empty line', 'A: b\n\n\ntext', 'A: b\n\n', '\ntext'],
    ['no body', 'A: b\r\n', 'A: b\r\n', ''],
    ['no body behind the empty line', 'A: b\r\n\r\n', 'A: b\r\n\r\n', ''],
    ['no end of line', 'A: b', 'A: b', ''],
    ['an empty header', '\r\ntext\r\n\r\nmore', '\r\n', 'text\r\n\r\nmore'],
    ['nothing at all', '', '', ''],
    ['the line of an mbox', 'From a@b Sat Nov 21\nA: b\n\ntext', 'From a@b Sat Nov 21\nA: b\n\n', 'text'],
    ['a broken line in the header', 'A: b\nbroken\n\ntext', 'A: b\nbroken\n\n', 'text'],
  ])('split at %s', (_what, message, head, rest) => {
    expect(reduce('header', 0, message)).toBe(head);
    expect(reduce('body', 0, message)).toBe(rest);
    expect(reduce('headerbody', 1, message)).toBe(head + rest.slice(0, 1));
  });

  it('take a text that does not begin like a header for the body that the sender included', () => {
    const paragraphs = 'first paragraph\r\n\r\nsecond: one\r\n';
    expect(reduce('body', 0, paragraphs)).toBe(paragraphs);
    expect(reduce('header', 0, paragraphs)).toBe('');
    expect(filter('body', 0, event(paragraphs, { messageSize: 5000 }))).toEqual(
      event(paragraphs, { messageSize: 5000 }),
    );
  });

  it('split anything at its empty line when messageSize shows that it is whole', () => {
    const broken = 'not a field\r\n\r\ntext';
    const messageSize = broken.length;
    expect(filter('body', 0, event(broken, { messageSize }))).toMatchObject({ messageContent: 'text' });
  });

  it('hold for each message of the documented form by UID', () => {
    const { messageContent } = contentByUid;
    const whole = messageContent['6'] ?? '';
    const split = whole.indexOf('\r\n\r\n') + 4;
    expect(filter('body', 0, contentByUid)).toEqual({ ...contentByUid, messageContent: { 6: whole.slice(split) } });
    expect(filter('header', 20, contentByUid)).toMatchObject({ messageContent: { 6: whole.slice(0, 20) } });
    expect(filter('standard', whole.length, contentByUid)).toBe(contentByUid);
    expect(filter('standard', whole.length - 1, contentByUid)).not.toHaveProperty('messageContent');
    expect(filter('standard', 3, event({ 1: 'long', 2: 'ok', 3: null }))).toEqual(event({ 2: 'ok', 3: null }));
  });
});

describe('the content options', () => {
  it.each<[ContentMode | undefined, number | undefined]>([
    [undefined, undefined],
    ['standard', undefined],
    ['standard', 0],
    ['message', 0],
    ['headerbody', undefined],
    [undefined, 0],
    ['message', -1],
  ])('are no rule with %s and %s, which change nothing', (mode, size) => {
    expect(compileContent(mode, size)).toBeUndefined();
  });

  it('mean standard when the size alone is set', () => {
    expect(filter(undefined, 4, event('12345'))).toEqual({ event: 'MessageNew' });
    expect(filter(undefined, 5, event('12345'))).toEqual(event('12345'));
  });

  it('leave events alone that have no message, or none that is text', () => {
    for (const other of [cyrusEvent('MessageNew'), event(null), event(7), event(['a']), event({ 6: 7 })]) {
      for (const mode of contentModes) expect(filter(mode, 1, other)).toBe(other);
    }
  });

  it('say what they did', () => {
    const outcome = (mode: ContentMode, size: number) =>
      compileContent(mode, size)?.(event('A: ü\n\nü'), '', undefined, 'http');
    expect(outcome('standard', 8)).toMatchObject({
      change: { option: 'event_content_size', detail: expect.stringMatching(/messageContent.* 9 .* 8$/) },
    });
    expect(outcome('body', 8)).toMatchObject({
      change: {
        option: 'event_content_inclusion_mode',
        detail: expect.stringMatching(/messageContent.* 9 .* 2 .*body/),
      },
    });
  });
});

describe.each(Object.entries(messages))('%s', (_what, message) => {
  const lines = message.split('\n');
  const empty = lines.findIndex((line) => line === '' || line === '\r');
  const atEnd = message.endsWith('\n') && empty === lines.length - 1;
  const head = atEnd ? message : `${lines.slice(0, empty + 1).join('\n')}\n`;

  it('comes apart into header and body', () => {
    expect(reduce('header', 0, message)).toBe(head);
    expect(reduce('body', 0, message)).toBe(message.slice(head.length));
  });

  it('is cut at every size without breaking a character', () => {
    const bytes = Buffer.from(message);
    for (let size = 1; size < Math.min(bytes.length, 1500); size++) {
      const cut = reduce('message', size, message);
      expect(Buffer.from(String(cut)).equals(bytes.subarray(0, size)) || brokenAt(bytes, size)).toBe(true);
    }
  });
});

/** Whether a cut of UTF-8 in front of byte `at` breaks a character. */
const brokenAt = (bytes: Buffer, at: number): boolean => ((bytes[at] ?? 0) & 0xc0) === 0x80;

describe('properties of the content options', () => {
  const mode = fc.constantFrom(...contentModes);
  const size = fc.integer({ min: 1, max: 50 });
  const bytesOf = (content: Json | undefined): number => (typeof content === 'string' ? Buffer.byteLength(content) : 0);

  it('the limit holds, the character that would pass it is the first one missing, and UTF-8 stays valid', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ContentMode>('message', 'header', 'body'),
        size,
        messageText,
        (given, limit, message) => {
          const uncut = String(reduce(given, 0, message));
          const cut = String(reduce(given, limit, message));
          expect(uncut.startsWith(cut)).toBe(true);
          expect(bytesOf(cut)).toBeLessThanOrEqual(limit);
          const [next = ''] = uncut.slice(cut.length);
          if (next !== '') expect(bytesOf(cut + next)).toBeGreaterThan(limit);
          expect(Buffer.from(cut).toString()).toBe(cut.replace(/\p{Surrogate}/gu, '\uFFFD'));
        },
      ),
    );
  });

  it('header and body are the message, and headerbody is the header with the cut body', () => {
    fc.assert(
      fc.property(size, messageText, (limit, message) => {
        const head = String(reduce('header', 0, message));
        expect(head + reduce('body', 0, message)).toBe(message);
        const both = String(reduce('headerbody', limit, message));
        expect(both.startsWith(head)).toBe(true);
        expect(bytesOf(both)).toBeLessThanOrEqual(bytesOf(head) + limit);
      }),
    );
  });

  it('twice is once, as long as a header or a body that is left alone still looks like what it is', () => {
    fc.assert(
      fc.property(mode, fc.nat(50), messageText, (given, limit, message) => {
        const once = filter(given, limit, event(message));
        const { messageContent } = once;
        const beginsLikeHeader = /^(?:$|[!-9;-~]+[ \t]*:|>?From |\r?\n)/.test(String(messageContent));
        fc.pre(given === 'header' ? beginsLikeHeader : given !== 'body' || !beginsLikeHeader);
        expect(filter(given, limit, once)).toEqual(once);
      }),
    );
  });
});
