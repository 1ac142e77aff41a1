import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, writeJson } from '../../../src/base/event.ts';
import { decodeCloudEvent } from '../../../src/decode/cloud-event.ts';
import { decodeDovecot } from '../../../src/decode/dovecot/decode.ts';
import { envelopeOf } from '../../../src/notifier/envelope.ts';
import type { Notification } from '../../../src/notifier/notifier.ts';
import { formatNames as allFormats } from '../../../src/notifier/webhook/body-options.ts';
import { anyNotification, eventNotification, hostileNotifications, requestNotification } from '../samples.ts';
import { contextOf, openFormat, requestOf } from './format-context.ts';

const formatNames = allFormats.filter((name) => name !== 'template');

const context = contextOf();
const single = contextOf({ batched: false });
const batched = contextOf({ batched: true });

const anyOne = anyNotification(() => '01k-a');

describe.each(formatNames)('the format %s', (name) => {
  it('sends to the path of the URL, with the type of its content, and says whether it takes several', () => {
    const format = openFormat(name, batched, false);
    const request = requestOf(format, eventNotification('1', { uri: 'imap://h/user/john;UIDVALIDITY=1/;UID=2' }));
    expect(request.path).toBe('/hook/a?b=c');
    expect(request.headers['content-type']).toMatch(/^application\//);
    expect(format.takesSeveral).toBe(['envelope', 'cloudevents-batch', 'ndjson'].includes(name));
    expect(openFormat(name, single, false).takesSeveral).toBe(['cloudevents-batch', 'ndjson'].includes(name));
  });

  it('writes JSON of whatever a notification holds, and headers that are headers', () => {
    const format = openFormat(name, context, false);
    const whole = (notification: Notification): void => {
      const request = format.request([notification]);
      if (!('value' in request)) return;
      expect(request.value.body.isWellFormed()).toBe(true);
      if (name !== 'event') JSON.parse(request.value.body);
      // Sets what is no header of HTTP throws.
      const headers = new Headers(request.value.headers);
      for (const [, value] of headers) expect(value).toMatch(/^[!-~](?:[ -~]*[!-~])?$/);
    };
    for (const notification of hostileNotifications()) whole(notification);
    fc.assert(fc.property(anyOne, whole));
  });

  it('sorts names where that is asked for, and keeps every digit', () => {
    const parameters = {
      zebra: new ExactNumber('9223372036854775807'),
      apple: { b: 1, a: 2 },
      uri: 'imap://h/user/john;UIDVALIDITY=1/;UID=2',
      'vnd.cmu.unseenMessages': new ExactNumber('9223372036854775807'),
    };
    const { body } = requestOf(openFormat(name, context, true), eventNotification('1', parameters));
    expect(body).toContain('9223372036854775807');
    if (name !== 'ox') expect(body).toContain('"apple":{"a":2,"b":1}');
  });
});

describe('what holds several', () => {
  const [one, other] = [eventNotification('1'), requestNotification('2')];

  it('is an array of envelopes, also of one', () => {
    const format = openFormat('envelope', batched, false);
    expect(JSON.parse(requestOf(format, one, other).body)).toEqual(
      [one, other].map((each) => JSON.parse(writeJson(envelopeOf(each, context.services)))),
    );
    expect(JSON.parse(requestOf(format, one).body)).toHaveLength(1);
    expect(JSON.parse(requestOf(openFormat('envelope', single, false), one).body)).toMatchObject({ id: '1' });
  });

  it('is a line of ndjson for each', () => {
    const { body, headers } = requestOf(openFormat('ndjson', batched, false), one, other);
    expect(headers).toEqual({ 'content-type': 'application/x-ndjson' });
    expect(body).toMatch(/^[^\n]+\n[^\n]+\n$/);
    expect(
      body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(['1', '2']);
  });

  it('has lines of ndjson that no reader divides', () => {
    const divided = 'a\u2028b\u2029c\u0085d';
    const { body } = requestOf(openFormat('ndjson', batched, false), eventNotification('1', { snippet: divided }));
    expect(body).not.toMatch(/[\u0085\u2028\u2029]/);
    expect(JSON.parse(body).data.snippet).toBe(divided);
  });
});

describe('the body of Standard Webhooks', () => {
  const format = openFormat('standard', context, false);

  it('has type, time and data', () => {
    const notification = eventNotification('1', { timestamp: '2026-11-21T07:28:56.018+01:00' });
    expect(JSON.parse(requestOf(format, notification).body)).toEqual({
      type: 'MessageNew',
      timestamp: '2026-11-21T06:28:56.018Z',
      data: notification.payload,
    });
  });

  it.each(['yesterday', '2026-13-45T00:00:00Z', '2026-11-21', ''])(
    'has the time of receipt in the place of %j',
    (timestamp) => {
      const { body } = requestOf(format, eventNotification('1', { timestamp }));
      expect(JSON.parse(body)).toMatchObject({ timestamp: '2026-11-21T06:28:56.018Z', data: { timestamp } });
    },
  );
});

describe('a CloudEvent', () => {
  /** As the SDK, and a receiver of it, reads it; it throws for what is none. */
  function read(
    name: 'cloudevents' | 'cloudevents-binary' | 'cloudevents-batch',
    ...given: [Notification, ...Notification[]]
  ) {
    const { headers, body } = requestOf(openFormat(name, batched, false), ...given);
    const events = HTTP.toEvent<Record<string, unknown>>({ headers, body });
    return (Array.isArray(events) ? events : [events]).map((event) => {
      expect(new CloudEvent({ ...event }).validate()).toBe(true);
      return event;
    });
  }

  const modes = ['cloudevents', 'cloudevents-binary', 'cloudevents-batch'] as const;

  it.each(modes)('says in mode %s what happened where', (mode) => {
    const notification = { ...eventNotification('01ab'), mailbox: 'user/jürgen/50% "off"' };
    const [event] = read(mode, notification);
    expect(event).toMatchObject({
      specversion: '1.0',
      id: '01ab',
      source: 'imap://mail.example.org',
      type: 'org.ietf.rfc5423.MessageNew',
      time: '2026-11-21T06:28:56.018Z',
      data: notification.payload,
    });
    // The SDK leaves headers as they are; the binding has them percent-encoded.
    const subject = String(event?.subject);
    expect(mode === 'cloudevents-binary' ? decodeURIComponent(subject) : subject).toBe('user/jürgen/50% "off"');
    expect(event?.datacontenttype).toBe('application/json');
  });

  it('has no ce-datacontenttype in binary mode', () => {
    const { headers } = requestOf(openFormat('cloudevents-binary', context, false), eventNotification('1'));
    expect(Object.keys(headers).sort()).toEqual(
      ['ce-id', 'ce-source', 'ce-specversion', 'ce-subject', 'ce-time', 'ce-type', 'content-type'].sort(),
    );
  });

  it.each(modes)('is read by the SDK in mode %s, whatever it holds', (mode) => {
    const isWhole = (notification: Notification): void => {
      const [event] = read(mode, notification);
      expect(event?.id).toBe(notification.id);
      expect(event?.data).toEqual(JSON.parse(writeJson(notification.payload)));
    };
    for (const notification of hostileNotifications())
      isWhole({ ...notification, message: writeJson(notification.payload) });
    fc.assert(fc.property(anyOne, isWhole));
  });

  it('of which several come in the order of the notifications', () => {
    const ids = read('cloudevents-batch', eventNotification('2'), requestNotification('1')).map(({ id }) => id);
    expect(ids).toEqual(['2', '1']);
    const [, request] = read('cloudevents-batch', eventNotification('2'), requestNotification('1'));
    expect(request).toMatchObject({ type: 'org.cyrusimap.notify.MAIL', data: { class: 'MAIL' } });
  });

  it('is the same event to another belfry', () => {
    const notification = eventNotification('1', { event: 'vnd.cmu.MessageCopy' });
    const { body } = requestOf(openFormat('cloudevents', context, false), notification);
    const decoded = decodeCloudEvent(Buffer.from(body));
    expect(decoded.ok && JSON.parse(decoded.value.message)).toEqual(notification.payload);
  });

  it('leaves out a subject that no attribute may hold', () => {
    for (const mailbox of ['', 'a\0b', 'half \ud83d of a pair', 'x'.repeat(1025)]) {
      const [event] = read('cloudevents-batch', { ...eventNotification('1'), mailbox });
      expect(event?.subject).toBeUndefined();
    }
  });
});

describe("the body of Dovecot's OX driver", () => {
  const format = openFormat('ox', context, false);
  const uri = 'imap://h/user/john;UIDVALIDITY=1795239636/;UID=34';

  it('is a PUT with what is known of a message in the INBOX', () => {
    const request = requestOf(format, eventNotification('1', { uri, 'vnd.cmu.unseenMessages': 34 }));
    expect(request).toMatchObject({ method: 'PUT', headers: { 'content-type': 'application/json; charset=utf-8' } });
    expect(JSON.parse(request.body)).toEqual({
      user: 'john',
      event: 'messageNew',
      folder: 'INBOX',
      'imap-uidvalidity': 1795239636,
      'imap-uid': 34,
      from: 'Alice <alice@example.net>',
      subject: 'plain one',
      unseen: 34,
    });
  });

  it('is what Dovecot sent, byte for byte, when it comes from Dovecot', () => {
    // The server of the test lab, `alice` in 2.3.19.
    const sent =
      '{"user":"alice","event":"messageNew","folder":"INBOX","imap-uidvalidity":1795239137,"imap-uid":2,"from":"=?utf-8?Q?J=C3=BCrgen?= <j@example.org>","subject":"=?utf-8?B?w5xiZXIg4oKsIPCfmoA=?=","snippet":"Grüße € 🚀 \\"quoted\\" \\\\back","unseen":2}';
    const decoded = decodeDovecot(Buffer.from(sent));
    if (!decoded.ok) throw new Error(decoded.problem.message);
    const payload = JSON.parse(decoded.value.message);
    const notification = { ...eventNotification('1'), payload, user: 'alice', naming: 'user' as const };
    expect(requestOf(format, notification).body).toBe(sent);
  });

  it('leaves out what is not known, and cuts a long snippet', () => {
    const parameters = { uri, 'vnd.cmu.envelope': 'NIL', 'vnd.dovecot.snippet': '🚀'.repeat(300) };
    const body = JSON.parse(requestOf(format, eventNotification('1', parameters)).body);
    expect(body).not.toHaveProperty('from');
    expect(body).not.toHaveProperty('subject');
    expect(body).not.toHaveProperty('unseen');
    expect(body.snippet).toBe('🚀'.repeat(200));
  });

  it.each([
    ['another event', { event: 'MessageRead', uri }],
    ['another mailbox', { uri: 'imap://h/user/john/Junk;UIDVALIDITY=1/;UID=3' }],
    ['no UID', { uri: 'imap://h/user/john;UIDVALIDITY=1' }],
    ['no URL', { uri: 'x' }],
  ])('is not made of %s', (_, parameters) => {
    expect(format.request([eventNotification('1', parameters)])).toEqual({ unfit: expect.any(String) });
  });
});
