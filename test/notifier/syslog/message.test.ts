/** What is on the wire of syslog: structures that nothing breaks out of, texts that are cut at a character, times with their digits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSyslogAddress } from '../../../src/notifier/syslog/address.ts';
import { writerOf } from '../../../src/notifier/syslog/compose.ts';
import { syslogTime, writeMessage } from '../../../src/notifier/syslog/message.ts';
import { syslogOptions } from '../../../src/notifier/syslog/options.ts';
import { parseSeverities } from '../../../src/notifier/syslog/priority.ts';
import { isStructuredId, structuredElement } from '../../../src/notifier/syslog/structured-data.ts';
import { docsOf, type OptionValues } from '../../../src/option/option.ts';
import { testServices } from '../open-method.ts';
import { anyNotification, anyText, eventNotification, hostileNotifications, requestNotification } from '../samples.ts';

function writer(written: Readonly<Record<string, string>>, most?: number) {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(syslogOptions)) {
    const text = written[name] ?? docsOf(option).default;
    if (text !== undefined) values[name] = option.parse(text);
  }
  if (most !== undefined) values['max_length'] = most;
  const write = writerOf(values as OptionValues<typeof syslogOptions>, testServices());
  return (notification: ReturnType<typeof eventNotification>) => write({ notification, attempt: 1, lane: '' });
}
function lineOf(written: Readonly<Record<string, string>>, notification = eventNotification('01-a')): string {
  const one = writer(written)(notification);
  return 'bytes' in one ? one.bytes.toString() : one.wrong;
}
const remote = { address: 'tcp://127.0.0.1:514' };

/** A strict reader of RFC 5424 §6, apart from the code: undefined for what it does not allow. */
function readModern(line: string) {
  const head =
    /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) ([!-~]{1,255}) ([!-~]{1,48}) (\d+) ([!-~]{1,32}) /.exec(
      line,
    );
  if (head === null) return undefined;
  let at = head[0].length;
  const values = new Map<string, string>();
  if (line[at] === '-') at += 1;
  else {
    const id = /^\[([!#-<>-\\^-~]{1,32})/.exec(line.slice(at));
    if (id === null) return undefined;
    at += id[0].length;
    while (line[at] === ' ') {
      const value = /^ ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"/.exec(line.slice(at));
      if (value === null) return undefined;
      values.set(value[1] ?? '', (value[2] ?? '').replace(/\\(["\\\]])/g, '$1'));
      at += value[0].length;
    }
    if (line[at] !== ']') return undefined;
    at += 1;
  }
  if (line[at] !== ' ') return undefined;
  return { priority: Number(head[1]), time: head[2], host: head[3], kind: head[6], values, text: line.slice(at + 1) };
}

describe('a message of RFC 5424', () => {
  it('has facility and severity, time, host, type and structured data', () => {
    const line = lineOf({
      ...remote,
      message_facility: 'local6',
      message_severity: 'notice',
      parameters: 'uidnext messages nothing',
    });
    expect(readModern(line)).toEqual({
      priority: 22 * 8 + 5,
      time: '2026-11-21T06:28:56.018Z',
      host: 'mail.example.org',
      kind: 'MessageNew',
      values: new Map([
        ['id', '01-a'],
        ['class', 'EVENT'],
        ['event', 'MessageNew'],
        ['user', 'john'],
        ['mailbox', 'user.john'],
        ['uidnext', '2'],
        ['messages', '1'],
      ]),
      text: '01-a MessageNew user=john mailbox=user.john',
    });
  });

  it('has a byte order mark before a text that is not ASCII, unless it is switched off', () => {
    const of = (more: Readonly<Record<string, string>>) => {
      const line = lineOf({ ...remote, message: '{user}', ...more }, eventNotification('01-b', { user: 'jörg' }));
      return readModern(line)?.text;
    };
    expect(of({})).toBe('\ufeffjörg');
    expect(of({ byte_order_mark: 'no' })).toBe('jörg');
  });

  it('has no structured data where none is wanted', () => {
    expect(readModern(lineOf({ ...remote, structured_id: '-' }))?.values).toEqual(new Map());
  });

  it('has a kind and a host of visible ASCII, whatever they are made of', () => {
    const odd = requestNotification('01-c', { class: 'a b\nc"]é'.repeat(9) });
    expect(readModern(lineOf(remote, odd))?.kind).toMatch(/^[!-~]{32}$/);
    expect(readModern(lineOf(remote, requestNotification('01-d', { class: '' })))?.kind).toBe('-');
  });

  it('stays one message with the values that went in, for any notification', () => {
    const write = writer({ ...remote, message: '{message}', parameters: 'fname options', max_length: '128K' });
    const check = (notification: ReturnType<typeof eventNotification>): void => {
      const written = write(notification);
      if (!('bytes' in written)) {
        expect(written.wrong).toContain('131072');
        return;
      }
      const line = written.bytes.toString();
      expect(Buffer.from(line).equals(written.bytes)).toBe(true);
      expect(line).not.toMatch(/\p{Cc}/u);
      const read = readModern(line);
      expect(read?.values.get('id')).toBe(notification.id);
      // What is written visibly is what was given where there was nothing to make visible.
      if (/^[ -~]+$/.test(notification.user)) expect(read?.values.get('user')).toBe(notification.user);
    };
    for (const notification of hostileNotifications()) check(notification);
    fc.assert(
      fc.property(
        anyNotification(() => '01-e'),
        check,
      ),
    );
  });
});

describe('a message of RFC 3164', () => {
  const date = new Date('2026-11-21T06:28:56.018Z');
  const at = `Nov 21 ${[date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':')}`;

  it('has no host on a socket of this machine, and one over the network', () => {
    const text = '01-a MessageNew user=john mailbox=user.john';
    expect(lineOf({})).toBe(`<22>${at} belfry[${process.pid}]: ${text}`);
    expect(lineOf({ ...remote, format: 'rfc3164', app_name: 'mail/events', hostname: 'imap' })).toBe(
      `<22>${at} imap mail/events[${process.pid}]: ${text}`,
    );
  });

  it('never has a byte order mark', () => {
    expect(lineOf({ message: '{user}' }, eventNotification('01-a', { user: 'jörg' })).endsWith(']: jörg')).toBe(true);
  });
});

describe('the length', () => {
  it('is at most what is allowed: the text is cut at a character, and says so', () => {
    const text = anyText(300);
    fc.assert(
      fc.property(text, fc.integer({ min: 60, max: 400 }), fc.boolean(), (one, most, marked) => {
        const written = writeMessage('<22>1 head ', one, most, marked);
        const bytes = written?.bytes ?? Buffer.alloc(0);
        expect(bytes.length).toBeLessThanOrEqual(most);
        expect(Buffer.from(bytes.toString()).equals(bytes)).toBe(true);
        expect(bytes.toString().startsWith('<22>1 head ')).toBe(true);
        if (written?.cutFrom !== undefined) expect(bytes.toString()).toContain(String(written.cutFrom));
      }),
    );
  });

  it('is used to the last byte, and one more is cut', () => {
    const head = 'h'.repeat(100);
    expect(writeMessage(head, 'x'.repeat(380), 480, false)).toEqual({ bytes: Buffer.from(head + 'x'.repeat(380)) });
    const cut = writeMessage(head, 'x'.repeat(381), 480, false);
    expect(cut).toMatchObject({ cutFrom: 381 });
    expect(cut?.bytes.length).toBe(480);
  });

  it('has no room for a structure that is longer, which is nothing to cut', () => {
    const write = writer(remote, 480);
    expect(write(eventNotification('01-f', { user: 'x'.repeat(300) }))).toMatchObject({ cutFrom: expect.any(Number) });
    expect(write(eventNotification('01-f', { user: 'x'.repeat(500) }))).toEqual({
      wrong: expect.stringContaining('480'),
    });
  });
});

describe('the time', () => {
  it.each([
    ['2026-11-21T06:28:56.018345+02:00', '2026-11-21T06:28:56.018345+02:00'],
    ['2026-11-21T06:28:56Z', '2026-11-21T06:28:56Z'],
    ['2026-11-21T06:28:56.0183451Z', '2026-11-21T06:28:57.000Z'],
    ['2026-13-21T06:28:56Z', '2026-11-21T06:28:57.000Z'],
    ['2026-11-21T06:28:60Z', '2026-11-21T06:28:57.000Z'],
    ['yesterday', '2026-11-21T06:28:57.000Z'],
    [17, '2026-11-21T06:28:57.000Z'],
    [undefined, '2026-11-21T06:28:57.000Z'],
  ])('%s is %s', (stated, text) => {
    expect(syslogTime(stated, Date.parse('2026-11-21T06:28:57Z')).text).toBe(text);
  });
});

describe('what is configured', () => {
  it.each([
    ['/dev/log', { kind: 'unix', path: '/dev/log' }],
    ['@log', { kind: 'unix', path: '@log' }],
    ['udp://127.0.0.1', { kind: 'udp', host: '127.0.0.1', port: 514 }],
    ['TLS://logs.example.org', { kind: 'tls', host: 'logs.example.org', port: 6514 }],
    ['tcp://[::1]:80', { kind: 'tcp', host: '::1', port: 80 }],
    ['tcp://[::1]', { kind: 'tcp', host: '::1', port: 514 }],
  ])('the address %s', (written, value) => {
    expect(parseSyslogAddress(written)).toEqual({ value });
  });

  it.each([
    '',
    '/',
    'dev/log',
    'http://h',
    'tcp://',
    'tcp://h:99999',
    'tcp://h:0',
    'tcp://u@h',
    'tcp://h/x',
    'udp://{h}',
    '/a\0b',
  ])('no address: %j', (written) => {
    expect(parseSyslogAddress(written)).toHaveProperty('wrong');
  });

  it('a severity for each event', () => {
    const parsed = parseSeverities('notice QuotaExceed=warning  Login=DEBUG');
    if ('wrong' in parsed) throw new Error(parsed.wrong);
    expect(['QuotaExceed', 'Login', 'MessageNew', undefined].map(parsed.value)).toEqual([4, 7, 5, 5]);
    for (const wrong of ['', 'loud', 'info Login', 'info =err', 'info Login=loud']) {
      expect(parseSeverities(wrong)).toHaveProperty('wrong');
    }
  });

  it('a name of structured data', () => {
    expect(['belfry@32473', 'a@1.2.3'].map(isStructuredId)).toEqual([true, true]);
    const wrong = ['belfry', '@1', 'a@', 'a@b', 'a b@1', 'a"@1', 'a]@1', 'a=@1', `${'a'.repeat(31)}@1`, 'é@1'];
    expect(wrong.filter(isStructuredId)).toEqual([]);
  });

  it('escapes what could end a value', () => {
    expect(structuredElement('x@1', [['a', 'q"b\\c]\n']])).toBe('[x@1 a="q\\"b\\\\c\\]\\\\n"]');
  });
});
