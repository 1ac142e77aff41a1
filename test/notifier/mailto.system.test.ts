/** Method mailto: which mail comes of which notification, read back from what a program in sendmail's place was given. */
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/event.ts';
import { decodeEvent } from '../../src/decode/event.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { decodeRaw } from '../../src/decode/raw.ts';
import { mailto } from '../../src/notifier/mailto.ts';
import type { Notification, Outcome } from '../../src/notifier/notifier.ts';
import { type FakeSendmail, fakeSendmail } from './mailto/fake-sendmail.ts';
import { openMethod, testServices } from './open-method.ts';
import { eventNotification, hostileNotifications, receivedAt, requestNotification } from './samples.ts';

const never = new AbortController().signal;
const now = receivedAt + 5000;
let peer: FakeSendmail;

beforeEach(() => {
  peer = fakeSendmail();
});
afterEach(() => peer.dispose());

async function tell(
  notification: Notification,
  options: Readonly<Record<string, string>> = { to: 'admin@example.org' },
  services: Parameters<typeof testServices>[0] = {},
): Promise<Outcome | undefined> {
  const all = testServices({ now: () => now, ...services });
  const notifier = await openMethod(mailto, { sendmail: peer.program, ...options }, all);
  const [outcome] = await notifier.notify([{ notification, attempt: 1, lane: '' }], never);
  await notifier.close();
  return outcome;
}
function sieve(fields: Partial<Notification> = {}): Notification {
  return requestNotification('01-a', {
    class: 'SIEVE',
    method: 'mailto',
    options: ['bob@elsewhere.example'],
    mailbox: '',
    message: 'You have mail\n\nAction(s) taken:\nKept\n\n\n',
    ...fields,
  });
}
/** A request that a real Cyrus has sent. */
function recorded(name: string): Notification {
  const frame = decodeFrame(readFileSync(new URL(`../fixtures/cyrus/${name}.bin`, import.meta.url)));
  if (!frame.ok) throw new Error(frame.problem.message);
  return requestNotification('01-recorded', frame.value);
}
const delivered = { status: 'delivered' };

describe('a Sieve notification', () => {
  it('is the mail that RFC 5436 asks for', async () => {
    expect(await tell(sieve({ priority: 'normal' }), {})).toEqual(delivered);
    expect(peer.argv()).toEqual(['-i', '-f', '<>', '--', 'bob@elsewhere.example']);
    const mail = peer.mail();
    expect(mail.headers).toEqual([
      ['Auto-Submitted', 'auto-notified; owner-email="john@mail.example.org"'],
      ['X-Sieve', 'belfry 0.0.0'],
      ['From', 'Mail Sieve Subsystem <postmaster@mail.example.org>'],
      ['To', 'bob@elsewhere.example'],
      ['Subject', 'You have mail'],
      ['Message-ID', '<01-a.audit.belfry@mail.example.org>'],
      ['Date', new Date(now).toUTCString().replace('GMT', '+0000')],
      ['Content-Transfer-Encoding', '7bit'],
      ['MIME-Version', '1.0'],
      ['Content-Type', 'text/plain; charset=utf-8'],
    ]);
    expect(mail.body).toBe('You have mail\n\nAction(s) taken:\nKept\n');
  });

  it('keeps its Message-ID over all attempts, and differs from that of another notifier', async () => {
    await tell(sieve(), {});
    const first = peer.mail().header('Message-ID');
    await tell(sieve(), {}, { now: () => now + 60_000 });
    expect(peer.mail().header('Message-ID')).toBe(first);
    await tell(sieve(), {}, { name: 'other' });
    expect(peer.mail().header('Message-ID')).not.toBe(first);
  });

  it.each([
    ['411-SIEVE', 'bob@elsewhere.example', 'New mail', undefined],
    ['423-SIEVE', 'a@x.example', 'a', undefined],
    ['430-SIEVE', 'bob@elsewhere.example', 'old Alice Example <alice@example.net>: old style', 'high'],
  ])('comes of the recorded request %s', async (name, to, subject, importance) => {
    expect(await tell(recorded(name), {})).toEqual(delivered);
    const mail = peer.mail();
    expect(peer.argv().at(-1)).toBe(to);
    expect(mail.header('To')).toBe(to);
    expect(mail.header('Subject')).toBe(subject);
    expect(mail.header('Importance')).toBe(importance);
    expect(mail.header('Auto-Submitted')).toBe('auto-notified; owner-email="john@mail.example.org"');
    expect(mail.body).toContain('Action(s) taken:\nKept');
  });

  it('takes recipients, body and harmless headers from a mailto URI, and nothing else', async () => {
    const uri =
      'mailto:a@x.example?cc=b@y.example&body=Hello%0D%0Aw%C3%B6rld&keywords=urgent&from=evil@z&message-id=%3Cx@y%3E' +
      '&auto-submitted=no&bcc=victim@z.example&date=now&received=x&x-sieve=y&subject=ignored&reply-to=c@x.example';
    expect(await tell(sieve({ options: [uri, 'a further option'] }), {})).toEqual(delivered);
    expect(peer.argv().slice(3)).toEqual(['--', 'a@x.example', 'b@y.example']);
    const mail = peer.mail();
    expect(mail.body).toBe('Hello\nwörld\n');
    expect(mail.header('Cc')).toBe('b@y.example');
    expect(mail.header('Keywords')).toBe('urgent');
    expect(mail.header('Reply-To')).toBe('c@x.example');
    expect(mail.header('Subject')).toBe('You have mail');
    expect(mail.header('From')).toBe('Mail Sieve Subsystem <postmaster@mail.example.org>');
    expect(mail.header('Auto-Submitted')).toContain('auto-notified');
    expect(peer.input()).not.toMatch(/evil|victim|<x@y>/);
  });

  it('has the subject of the URI where the script has no message, and notifyd’s where the URI has none', async () => {
    const message = '\n\nAction(s) taken:\nKept\n\n\n';
    await tell(sieve({ message, options: ['a@x.example?subject=from%20the%20URI'] }), {});
    expect(peer.mail().header('Subject')).toBe('from the URI');
    await tell(sieve({ message }), {});
    expect(peer.mail().header('Subject')).toBe('[SIEVE] New mail notification');
  });

  it('goes to the address in the method, which older Cyrus sends', async () => {
    expect(await tell(sieve({ method: 'mailto:old@x.example', options: [] }), {})).toEqual(delivered);
    expect(peer.argv().at(-1)).toBe('old@x.example');
  });

  it('takes % literally in a bare address where it encodes nothing', async () => {
    await tell(sieve({ options: ['joe%gateway@x.example'] }), {});
    expect(peer.argv().at(-1)).toBe('joe%gateway@x.example');
    await tell(sieve({ options: ['joe%2Btag@x.example'] }), {});
    expect(peer.argv().at(-1)).toBe('joe+tag@x.example');
  });

  it('is filtered, not rejected, where its script names nobody or nothing that is an address', () => {
    const unfit = (options: readonly string[], to?: string, requestClass = 'SIEVE', method = 'mailto') =>
      mailto.unfit?.({ to })(sieve({ class: requestClass, method, options }));
    for (const options of [[], [''], ['  '], ['nonsense'], ['?subject=x'], ['a@x?to=%'], ['a b@c,d']]) {
      expect(unfit(options)).toMatchObject({ option: 'sieve_notifiers' });
    }
    expect(unfit([''], 'admin@example.org')).toBeUndefined();
    expect(unfit(['nonsense'], 'admin@example.org')).toMatchObject({ option: 'sieve_notifiers' });
    expect(unfit(['bob@elsewhere.example'])).toBeUndefined();
    expect(unfit([], undefined, 'sieve', 'mailto:bob@elsewhere.example')).toBeUndefined();
    expect(unfit([], undefined, 'MAIL')).toBeUndefined();
  });

  it('goes to mailto_to only if the script names nobody', async () => {
    await tell(sieve({ options: [] }), { to: '{user}@example.org' });
    expect(peer.argv().at(-1)).toBe('john@example.org');
    await tell(sieve(), { to: '{user}@example.org' });
    expect(peer.argv().at(-1)).toBe('bob@elsewhere.example');
    expect(await tell(sieve({ options: [''] }), {})).toEqual({
      status: 'rejected',
      reason: expect.stringContaining('audit_mailto_to'),
    });
  });

  it.each([
    ['jane@example.com', 'owner-email="jane@example.com"'],
    ['jane doe', 'owner-email="\\"jane doe\\"@mail.example.org"', '"jane doe"'],
    ['jöhn\r\nX-Evil: 1', expect.stringMatching(/^owner-token=[0-9a-f]{32}$/)],
    ['', 'owner-token=unknown'],
  ])('names the owner of the script, %j', async (user, owner, written = user) => {
    await tell(sieve({ user: written }), {});
    const [keyword, parameter] = (peer.mail().header('Auto-Submitted') ?? '').split('; ');
    expect(keyword).toBe('auto-notified');
    expect(parameter).toEqual(owner);
  });

  it('is not sent about a message that a program has sent', async () => {
    const stage = join(peer.directory, 'stage.');
    mkdirSync(stage);
    const fname = join(stage, '20266-1795242537-0');
    writeFileSync(fname, 'From: a@b\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\nAway.');
    expect(await tell(sieve({ fname }), {})).toEqual({
      status: 'delivered',
      detail: expect.stringContaining('Auto-Submitted is "auto-replied"'),
    });
    expect(peer.runs()).toBe(0);
    writeFileSync(fname, 'From: a@b\r\nAuto-Submitted: no\r\n\r\nHello.');
    expect(await tell(sieve({ fname }), {})).toEqual(delivered);
    unlinkSync(fname);
    expect(await tell(sieve({ fname }), {})).toEqual(delivered);
    expect(peer.runs()).toBe(2);
  });

  it('is held to these rules in whatever case its class is written', async () => {
    await tell(sieve({ class: 'sieve' }), { to: 'admin@example.org', envelope_from: 'bounces@example.org' });
    expect(peer.argv()).toEqual(['-i', '-f', '<>', '--', 'bob@elsewhere.example']);
  });

  it.each([
    ['john', 'has no domain'],
    ['-oQ/tmp', 'has no domain'],
    ['-oQ@x.example', 'begins with -'],
    ['a@x.example -oQ/tmp', 'after the @'],
    ['a@x.example\nBcc: b@x.example', 'address'],
    ['$(touch /tmp/x)@x.example', 'address'],
    ['https://x.example/', 'has no domain'],
    [Array.from({ length: 11 }, (_, index) => `a${index}@x.example`).join(','), '10 are the most'],
  ])('is rejected for the recipient %j', async (recipient, reason) => {
    expect(await tell(sieve({ options: [recipient] }), {})).toEqual({
      status: 'rejected',
      reason: expect.stringContaining(reason),
    });
    expect(peer.runs()).toBe(0);
  });
});

describe('an event', () => {
  it('makes a mail that reads well by default', async () => {
    expect(await tell(eventNotification('01-b', { flagNames: ['\\Seen'], note: 'a\nb' }))).toEqual(delivered);
    expect(peer.argv()).toEqual(['-i', '-f', '<>', '--', 'admin@example.org']);
    const mail = peer.mail();
    expect(mail.header('Subject')).toBe('[MessageNew] john user.john');
    expect(mail.header('From')).toBe('Mail Notification <postmaster@mail.example.org>');
    expect(mail.header('Auto-Submitted')).toBe('auto-generated');
    expect(mail.header('X-Sieve')).toBeUndefined();
    expect(mail.body).toMatch(/^MessageNew\n\nflagNames: \["\\\\Seen"\]\nmessageSize: 450\n/);
    expect(mail.body).toContain('\nnote: a\n    b\n');
    expect(mail.body).toContain('\nuser: john\n');
  });

  it('fills in the templates of subject, body and recipients', async () => {
    const options = {
      to: 'admin@example.org {user}@example.org {user}@example.org',
      subject: '{event} {{of}} {user}',
      body: '{mailbox} {vnd.cmu.sessionId} {inner.deep.x} {inner} {absent}.\\n{time} {id} {notifier} {servername}',
      sender: 'Ünïcode <x@example.org>',
      envelope_from: 'bounces@example.org',
    };
    const parameters = { 'vnd.cmu.sessionId': 's-1', inner: { deep: { x: 7 } } };
    expect(await tell(eventNotification('01-c', parameters), options)).toEqual(delivered);
    expect(peer.argv()).toEqual(['-i', '-f', 'bounces@example.org', '--', 'admin@example.org', 'john@example.org']);
    const mail = peer.mail();
    expect(mail.header('Subject')).toBe('MessageNew {of} john');
    expect(mail.header('From')).toBe('Ünïcode <x@example.org>');
    expect(mail.body).toBe(
      'user.john s-1 7 {"deep":{"x":7}} .\n2026-11-21T06:28:56.018Z 01-c audit mail.example.org\n',
    );
  });

  it('spells flags in one way, however the server wrote them', async () => {
    const flagNames = '\\seen  \\ANSWERED $junk $Work caf\u00e9';
    const notification = eventNotification('01-c', { flagNames });
    await tell(notification, { to: 'admin@example.org', body: '{flagNames}|{parameters}' });
    expect(peer.mail().body).toMatch(/^\\Seen \\Answered \$Junk \$Work caf\u00e9\|flagNames: \\Seen \\Answered \$Junk/);
    expect(notification.payload['flagNames']).toBe(flagNames);
  });

  it('is rejected where nobody is configured, or the template makes no address', async () => {
    const nobody = await tell(eventNotification('01-d'), {}, { name: 'mailto' });
    expect(nobody).toEqual({ status: 'rejected', reason: expect.stringMatching(/ mailto_to$/) });
    for (const user of ['a b', 'a@b', 'a,c', '-x', 'a\n', '']) {
      const outcome = await tell(eventNotification('01-d', { user }), { to: '{user}@example.org' });
      expect(outcome).toEqual({ status: 'rejected', reason: expect.stringContaining('address') });
    }
    expect(peer.runs()).toBe(0);
  });

  /** The notification of what Dovecot's OX driver tells of a new mail with this header From. */
  function oxNotification(from: string): Notification {
    const told = { user: 'admin', event: 'messageNew', folder: 'INBOX', 'imap-uidvalidity': 1, 'imap-uid': 7 };
    const bytes = Buffer.from(JSON.stringify({ ...told, from, subject: '[MessageNew] john', snippet: 'MessageNew' }));
    const request = decodeRaw({ format: 'dovecot', bytes });
    const event = request.ok ? decodeEvent(request.value.message) : request;
    if (!event.ok) throw new Error(event.problem.message);
    // Nothing of a Cyrus' event may stay in it.
    return eventNotification('01-f', { 'vnd.cmu.envelope': null, ...event.value });
  }

  it.each([
    ['the default', undefined],
    ['a name of its own', 'belfry <notify@example.org>'],
    ['a name that is to be quoted', 'The "bell", really <notify@example.org>'],
    ['a name that is to be encoded', 'Glöckner <notify@example.org>'],
    ['an address alone', 'notify@example.org'],
  ])('makes no mail when Dovecot tells of a mail of belfry by its sender alone: %s', async (_, sender) => {
    const options = { to: 'admin@example.org', ...(sender === undefined ? {} : { sender }) };
    await tell(eventNotification('01-e'), options);
    const from = peer.mail().header('From') ?? '';
    const unsent = { status: 'delivered', detail: 'no notification about a notification' };
    expect(await tell(oxNotification(from), options)).toEqual(unsent);
    expect(peer.runs()).toBe(1);
  });

  it.each([
    ['another who writes from the same address', 'Jane Doe <postmaster@mail.example.org>'],
    ['the address alone', 'postmaster@mail.example.org'],
    ['one with an encoded name', '=?utf-8?Q?J=C3=BCrgen?= <postmaster@mail.example.org>'],
    ['the same name at another address', 'Mail Notification <postmaster@example.net>'],
    ['several senders', 'Mail Notification <postmaster@mail.example.org>, jane@example.org'],
    ['no sender at all', ''],
  ])('makes a mail when Dovecot tells of a mail from %s', async (_, from) => {
    expect(await tell(oxNotification(from))).toEqual(delivered);
  });

  it('makes no mail when it is about a mail of belfry', async () => {
    await tell(eventNotification('01-e'));
    const id = peer.mail().header('Message-ID');
    const unsent = { status: 'delivered', detail: 'no notification about a notification' };
    const envelope = `("Sat" "[MessageNew]" NIL NIL NIL NIL NIL NIL NIL "${id}")`;
    expect(await tell(eventNotification('01-f', { 'vnd.cmu.envelope': envelope }))).toEqual(unsent);
    expect(await tell(eventNotification('01-f', { 'vnd.cmu.midset': ['NIL', String(id)] }))).toEqual(unsent);
    expect(await tell(eventNotification('01-f', { messageContent: peer.input() }))).toEqual(unsent);
    const message = 'From: Mail Notification <Postmaster@mail.example.org>\nSubject: [MAIL]\nTo: admin@example.org\n';
    expect(await tell(requestNotification('01-f', { message }))).toEqual(unsent);
    expect(peer.runs()).toBe(1);
  });
});

describe('a mail that only looks like one of belfry', () => {
  const own = '<01M8MP3NXPZBRMS0000000000B.m.belfry@mail.example.org>';
  const envelope = (subject: string, inReplyTo: string, messageId: string): string =>
    `("Sat" "${subject}" (("Mallory" NIL "m" "evil.example")) NIL NIL NIL NIL NIL ${inReplyTo} "${messageId}")`;

  it.each<[string, JsonObject]>([
    ['by a foreign Message-ID', { 'vnd.cmu.envelope': envelope('s', 'NIL', '<1.belfry@x>') }],
    ['by belfry’s form of another domain', { 'vnd.cmu.envelope': envelope('s', 'NIL', own.replace('mail.', 'x.')) }],
    ['by In-Reply-To', { 'vnd.cmu.envelope': envelope('s', `"${own}"`, '<reply@customer.example>') }],
    ['by its subject', { 'vnd.cmu.envelope': envelope(`look at ${own} here`, 'NIL', '<n2@evil.example>') }],
    [
      'by its subject, which ends like an envelope',
      { 'vnd.cmu.envelope': `("d" "\\"${own}\\")" NIL NIL NIL NIL NIL NIL NIL NIL)` },
    ],
    ['because one of several messages is', { 'vnd.cmu.midset': [own, '<other@example.net>'] }],
    ['by the header References', { messageContent: `Message-ID: <a@b>\r\nReferences: ${own}\r\n\r\nx` }],
  ])('is told of: %s', async (_, parameters) => {
    expect(await tell(eventNotification('01-i', { 'vnd.cmu.envelope': null, ...parameters }))).toEqual(delivered);
  });

  it('is not told of where it says itself that a program has sent it', async () => {
    const messageContent = 'Auto-Submitted: auto-replied\r\nSubject: away\r\n\r\nx';
    expect(await tell(eventNotification('01-j', { messageContent }))).toEqual({
      status: 'delivered',
      detail: expect.stringContaining('Auto-Submitted is "auto-replied"'),
    });
    expect(
      await tell(eventNotification('01-j', { messageContent: messageContent.replace('auto-replied', 'no') })),
    ).toEqual(delivered);
  });

  it('is told of in class MAIL where only the address is belfry’s', async () => {
    const message = 'From: Jane Doe <postmaster@mail.example.org>\nSubject: x\nTo: admin@example.org\n';
    expect(await tell(requestNotification('01-k', { message }))).toEqual(delivered);
  });
});

describe('encoded words', () => {
  it('are decoded in the body and the subject of a Sieve notification', async () => {
    await tell(
      sieve({ message: 'From: =?UTF-8?Q?J=C3=BCrgen_M=C3=BCller?= <j@x.de>\n\nAction(s) taken:\nKept\n\n\n' }),
      {},
    );
    expect(peer.mail().header('Subject')).toBe('From: Jürgen Müller <j@x.de>');
    expect(peer.mail().body).toBe('From: Jürgen Müller <j@x.de>\n\nAction(s) taken:\nKept\n');
    await tell(sieve({ message: 'Neue Mail für dich: =?UTF-8?Q?J=C3=BCrgen?=' }), {});
    expect(peer.mail().header('Subject')).toBe('Neue Mail für dich: Jürgen');
    await tell(sieve({ message: '', options: ['a@x.example?subject=%3D%3Futf-8%3Fq%3F%3DC3%3DA4%3F%3D'] }), {});
    expect(peer.mail().header('Subject')).toBe('ä');
  });

  it('are decoded before the subject is cut', async () => {
    const word = (text: string): string => `=?utf-8?b?${Buffer.from(text).toString('base64')}?=`;
    const russian = 'Привет, как дела сегодня? '.repeat(8).trim();
    await tell(sieve({ message: (russian.match(/.{1,10}/gsu) ?? []).map(word).join('\r\n ') }), {});
    expect(peer.mail().header('Subject')).toBe(russian);
  });

  it('are decoded in what a request MAIL tells, and add no line to it', async () => {
    const message = 'From: =?utf-8?q?J=C3=BCrgen?= <j@x.de>\nSubject: =?utf-8?q?a=0D=0Ab?=\n';
    await tell(requestNotification('01-l', { message }));
    expect(peer.mail().body).toBe('From: Jürgen <j@x.de>\nSubject: a  b\n');
  });
});

describe('requests of other classes', () => {
  it.each(['023-MAIL', '416-MAIL', '1133-MAIL', '385-IMIP'])('make a mail of notifyd’s form: %s', async (name) => {
    const notification = recorded(name);
    expect(await tell(notification)).toEqual(delivered);
    const mail = peer.mail();
    expect(mail.header('Subject')).toBe(`[${notification.class}] New mail notification`);
    expect(mail.header('To')).toBe('admin@example.org');
    expect(mail.body.trimEnd()).toBe(notification.message.replace(/\r\n/g, '\n').trimEnd());
  });

  it('take no recipient from an option', async () => {
    await tell(requestNotification('01-g', { options: ['evil@x.example'] }));
    expect(peer.argv().at(-1)).toBe('admin@example.org');
  });
});

describe('the text of a mail', () => {
  it('brings every character, with controls made visible', async () => {
    const message = `zwei Zeilen: äöü €\n${'x'.repeat(2000)}\n.\nFrom me\n\ttab \u0000\u001b[2J \ud83d\ude00 \ud83d!\r\nend`;
    await tell(requestNotification('01-h', { message }));
    expect(peer.mail().body).toBe(
      `zwei Zeilen: äöü €\n${'x'.repeat(2000)}\n.\nFrom me\n\ttab \ufffd\ufffd[2J \u{1f600} \ufffd!\nend\n`,
    );
  });

  it('has a subject of one line of bounded length', async () => {
    const subject = async (message: string): Promise<string | undefined> => {
      await tell(sieve({ message }), {});
      return peer.mail().header('Subject');
    };
    expect(await subject('one\r\n\ttwo\u2028three\u0000\u202efour  ')).toBe('one two three four');
    expect(await subject('€'.repeat(256))).toBe('€'.repeat(256));
    expect(await subject('\u{1f514}'.repeat(300))).toBe(`${'\u{1f514}'.repeat(255)}…`);
  });

  it('has no header and no recipient that a hostile request adds', async () => {
    const names = new Set(
      'auto-submitted x-sieve importance x-priority from to subject message-id date content-transfer-encoding mime-version content-type'.split(
        ' ',
      ),
    );
    const texts = hostileNotifications().map(({ user, message }) => [user, message]);
    const hostile = fc.oneof(
      fc.constantFrom(...new Set(texts.flat())),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ maxLength: 30 }).map((text) => `x\r\nBcc: victim@example.org\r\n\r\n${text}`),
    );
    const fields = fc.record({
      user: hostile,
      mailbox: hostile,
      priority: fc.oneof(hostile, fc.constantFrom('high', 'low')),
      message: hostile,
      fname: hostile,
      method: hostile,
    });
    const options = fc.oneof(
      hostile,
      hostile.map((text) => `a@x.example?subject=${text}&body=${text}&bcc=v@x&x=${text}`),
    );
    await fc.assert(
      fc.asyncProperty(fields, fc.constantFrom('SIEVE', 'MAIL'), options, async (given, requestClass, option) => {
        const before = peer.runs();
        const usual = option.startsWith('a@x.example') ? option : 'bob@elsewhere.example';
        const notification = requestNotification('01-i', { ...given, class: requestClass, options: [usual] });
        const outcome = await tell(notification);
        if (peer.runs() === before) {
          expect(['rejected', 'delivered']).toContain(outcome?.status);
          return;
        }
        const mail = peer.mail();
        const to = requestClass === 'MAIL' ? 'admin@example.org' : usual.replace(/\?.*$/s, '');
        expect(peer.argv()).toEqual(['-i', '-f', '<>', '--', to]);
        expect(mail.header('To')).toBe(to);
        for (const [name] of mail.headers) expect(names.has(name.toLowerCase()), name).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('has none of an event either', async () => {
    const value = 'x\r\nBcc: victim@example.org\r\n\r\n.\r\nQUIT';
    const options = { to: 'admin@example.org', subject: '{user} {a}', body: '{a}\\n{parameters}' };
    await tell(eventNotification('01-j', { event: value, user: value, a: value, [value]: value }), options);
    expect(peer.mail().header('Subject')).toMatch(/^x Bcc: victim/);
    expect(peer.mail().header('Bcc')).toBeUndefined();
    expect(peer.argv().slice(3)).toEqual(['--', 'admin@example.org']);
  });
});

describe('the options', () => {
  it.each([
    ['to', 'john', 'no domain'],
    ['to', 'a@example.org {user', 'write a name'],
    ['subject', '{', 'stands alone'],
    ['body', 'a\\t', 'means nothing'],
    ['sender', 'postmaster', 'no domain'],
    ['envelope_from', 'x', 'no domain'],
    ['sendmail', 'sendmail', 'absolute path'],
    ['smtp_tls', 'yes', 'not one of'],
    ['smtp_port', '0', '65535'],
    ['smtp_answer_timeout', '0', 'too short'],
  ])('refuse %s: %s', (name, written, reason) => {
    const result = mailto.options[name]?.safeParse(written);
    expect(result?.error?.issues[0]?.message).toContain(reason);
  });

  it.each([
    [{ smtp_host: 'mail.example.org', smtp_user: 'u', smtp_password: 'p' }, 'unencrypted'],
    [{ smtp_host: '192.0.2.1', smtp_user: 'u', smtp_password: 'p', smtp_tls: 'off' }, 'unencrypted'],
    [{ smtp_host: 'localhost', smtp_user: 'u' }, 'smtp_user: '],
    [{ smtp_host: 'localhost', smtp_ca: '/nonexistent/ca.pem' }, 'ENOENT'],
    [{ smtp_host: 'localhost', smtp_ca: '/dev/null' }, 'it is not a regular file'],
  ])('keep the notifier from being opened: %j', async (options, reason) => {
    const opened = openMethod(mailto, options);
    await expect(opened).rejects.toMatchObject({ code: 'NOTIFIER_OPEN', message: expect.stringContaining(reason) });
  });

  it('need an address of postmaster, or another one', async () => {
    const services = testServices({ postmaster: 'post master' });
    await expect(openMethod(mailto, {}, services)).rejects.toMatchObject({ code: 'NOTIFIER_OPEN' });
    await (await openMethod(mailto, { sender: 'x@example.org' }, services)).close();
  });

  it('warn of a program that is not there, where mail is to be sent by it', async () => {
    const services = testServices();
    await openMethod(mailto, { to: 'a@example.org', sendmail: '/nonexistent/sendmail' }, services);
    expect(services.logged).toMatchObject([{ level: 40, notifier: 'audit' }]);
  });
});
