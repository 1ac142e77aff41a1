/** The requirements of RFC 5436 one by one, on the mails that a real SMTP server gets; docs/mail.md has the same list. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailto } from '../../../src/notifier/mailto.ts';
import type { Notification, Notifier, Outcome } from '../../../src/notifier/notifier.ts';
import { openMethod, testServices } from '../open-method.ts';
import { requestNotification } from '../samples.ts';
import { type ParsedMail, parseMail } from './parse-mail.ts';
import { answer, type SmtpPeer, startSmtpServer } from './smtp-peer.ts';

const never = new AbortController().signal;
const now = Date.UTC(2026, 10, 30, 12, 0, 0);
let peer: SmtpPeer;
let notifier: Notifier;
let directory: string;
let refusal: Error | undefined;

beforeEach(async () => {
  refusal = undefined;
  directory = mkdtempSync(join(tmpdir(), 'belfry-rfc5436-'));
  mkdirSync(join(directory, 'stage.'));
  peer = await startSmtpServer({ hideDSN: false, onMailFrom: (_, _session, done) => done(refusal) });
  const options = { smtp_host: '127.0.0.1', smtp_port: String(peer.port) };
  notifier = await openMethod(mailto, options, testServices({ now: () => now }));
});
afterEach(async () => {
  await notifier.close();
  await peer.close();
  rmSync(directory, { recursive: true });
});

let count = 0;
async function send(fields: Partial<Notification> = {}): Promise<Outcome | undefined> {
  const sieve = { class: 'SIEVE', method: 'mailto', options: ['bob@elsewhere.example'], message: 'You have mail' };
  count += 1;
  const notification = requestNotification(`01-${count}`, { ...sieve, ...fields });
  const [outcome] = await notifier.notify([{ notification, attempt: 1, lane: '' }], never);
  return outcome;
}
/** The mail that comes of a notification. */
async function mailOf(fields: Partial<Notification> = {}): Promise<ParsedMail> {
  expect(await send(fields)).toMatchObject({ status: 'delivered' });
  return parseMail(peer.mails.at(-1)?.text ?? '', '\r\n');
}
/** The file that `fname` names, with these headers. */
function staged(head: string): string {
  const fname = join(directory, 'stage.', `1-2-${count}`);
  writeFileSync(fname, `${head}\r\n\r\nThe message.\r\n`);
  return fname;
}

describe('RFC 5436 §2.4', () => {
  it.each([
    ['high', 'high', '1'],
    ['1', 'high', '1'],
    ['HIGH', 'high', '1'],
    ['normal', undefined, undefined],
    ['2', undefined, undefined],
    ['low', 'low', '5'],
    ['3', 'low', '5'],
    ['high\r\nBcc: x@y.example', undefined, undefined],
  ])('shows the importance %j', async (priority, importance, xPriority) => {
    const mail = await mailOf({ priority });
    expect([mail.header('Importance'), mail.header('X-Priority')]).toEqual([importance, xPriority]);
  });
});

describe('RFC 5436 §2.6 and the subject in §2.7', () => {
  it('takes :message, and cuts only what is excessively long', async () => {
    const long = 'word '.repeat(50).trim();
    expect((await mailOf({ message: long, options: ['a@x.example?subject=other'] })).header('Subject')).toBe(long);
  });

  it('takes the subject of the URI where there is no :message', async () => {
    const mail = await mailOf({ message: '', options: ['a@x.example?subject=of%20the%20URI'] });
    expect(mail.header('Subject')).toBe('of the URI');
  });
});

describe('RFC 5436 §2.7', () => {
  it.each([
    ['auto-replied', false],
    ['auto-generated; x=y', false],
    ['auto-notified; owner-email="x@y.example"', false],
    ['AUTO-NOTIFIED', false],
    ['no', true],
    ['No (really)', true],
    ['no; x=y', true],
  ])('lets a message with Auto-Submitted: %s trigger a notification: %s', async (value, triggers) => {
    const outcome = await send({ fname: staged(`From: a@b.example\r\nAuto-Submitted: ${value}`) });
    expect(outcome?.status).toBe('delivered');
    expect(peer.mails).toHaveLength(triggers ? 1 : 0);
  });

  it('lets a message with an empty envelope sender trigger one, with an empty envelope sender', async () => {
    await send({ fname: staged('Return-Path: <>\r\nFrom: MAILER-DAEMON@x.example') });
    expect(peer.mails).toMatchObject([{ from: '' }]);
  });

  it('does not notify about a notification of its own', async () => {
    const first = await mailOf();
    const head = first.headers.map(([name, value]) => `${name}: ${value}`);
    expect(await send({ fname: staged(head.join('\r\n')) })).toMatchObject({ status: 'delivered' });
    const without = head.filter((line) => !line.startsWith('Auto-Submitted'));
    await send({ fname: staged(without.join('\r\n')) });
    expect(peer.mails).toHaveLength(1);
  });

  it('does not send the same notification twice from the same run of a script', async () => {
    const fname = staged('From: a@b.example');
    await send({ fname });
    expect(await send({ fname })).toMatchObject({ status: 'delivered', detail: expect.anything() });
    expect(peer.mails).toHaveLength(1);
    await send({ fname, message: 'Something else' });
    await send({ fname, user: 'jane' });
    await send({ fname, options: ['carol@elsewhere.example'] });
    await send({ fname: `${fname}1` });
    await send();
    await send();
    expect(peer.mails).toHaveLength(7);
  });

  it('does not take what could not be sent for sent', async () => {
    const fname = staged('From: a@b.example');
    refusal = answer(451);
    expect(await send({ fname })).toMatchObject({ status: 'retry' });
    refusal = undefined;
    expect(await send({ fname })).toMatchObject({ status: 'delivered' });
    expect(peer.mails).toHaveLength(1);
  });

  it('sends to the addresses of the URI, those in to and cc among them, each once', async () => {
    const uri = 'mailto:a@x.example,b@x.example?to=c@x.example&cc=d@x.example,a@x.example&bcc=e@x.example';
    const mail = await mailOf({ options: [uri] });
    const [to, cc] = [['a@x.example', 'b@x.example', 'c@x.example'], ['d@x.example']];
    expect(peer.mails[0]?.to).toEqual([...to, ...cc]);
    expect(mail.header('To')).toBe(to.join(', '));
    expect(mail.header('Cc')).toBe(cc.join(', '));
    expect(mail.header('Bcc')).toBeUndefined();
  });

  it.each(['auto-submitted', 'from', 'sender', 'received', 'message-id', 'date', 'bcc', 'resent-to', 'return-path'])(
    'ignores %s in the URI, in any case, and encoded',
    async (name) => {
      const plain = await mailOf();
      const first = `%${name.charCodeAt(0).toString(16)}`;
      for (const written of [name, name.toUpperCase(), `${first}${name.slice(1)}`]) {
        const mail = await mailOf({ options: [`bob@elsewhere.example?${written}=evil@x.example`] });
        const headers = (of: ParsedMail): unknown => of.headers.filter(([key]) => key !== 'Message-ID');
        expect(headers(mail)).toEqual(headers(plain));
      }
      expect(new Set(peer.mails.map(({ to }) => to.join())).size).toBe(1);
    },
  );

  it('takes From from the notification system, whatever the URI says', async () => {
    const mail = await mailOf({ options: ['bob@elsewhere.example?from=boss@x.example'] });
    expect(mail.header('From')).toBe('Mail Sieve Subsystem <postmaster@mail.example.org>');
  });

  it('has the body of the URI', async () => {
    expect((await mailOf({ options: ['a@x.example?body=one%0D%0Atwo'] })).body).toBe('one\ntwo\n');
  });

  it('makes Message-ID and Date anew', async () => {
    const [first, second] = [await mailOf(), await mailOf()];
    expect(first.header('Message-ID')).not.toBe(second.header('Message-ID'));
    expect(first.header('Date')).toBe('Mon, 30 Nov 2026 12:00:00 +0000');
  });

  it('copies no header of the message that triggered it', async () => {
    const head = 'Received: from x\r\nDate: yesterday\r\nMessage-ID: <old@x.example>\r\nSubject: secret\r\nX-Own: y';
    await send({ fname: staged(head) });
    expect(peer.mails[0]?.text).not.toMatch(/^Received|yesterday|old@x|secret|X-Own/m);
  });

  it('takes other headers from the URI, with a capital first letter and a space after the colon', async () => {
    await send({ options: ['a@x.example?keywords=urgent&x-priority=2'] });
    expect(peer.mails[0]?.text).toMatch(/^Keywords: urgent\r\n/m);
    expect(peer.mails[0]?.text).toMatch(/^X-Priority: 2\r\n/m);
  });
});

describe('RFC 5436 §2.7.1', () => {
  it.each([
    ['jane@example.com', 'auto-notified; owner-email="jane@example.com"'],
    ['john', 'auto-notified; owner-email="john@mail.example.org"'],
    ['jöhn', expect.stringMatching(/^auto-notified; owner-token=[0-9a-f]+$/)],
  ])('names the owner of the script %s once, above all other headers', async (user, value) => {
    const [first] = (await mailOf({ user })).headers;
    expect(first).toEqual(['Auto-Submitted', value]);
  });
});

describe('the limits of RFC 5322', () => {
  it('are kept by what is longest: lines of at most 998 characters, and a body that is cut and says so', async () => {
    const mail = await mailOf({ message: `${'ü'.repeat(5000)}\n${'x '.repeat(600_000)}` });
    expect(mail.body.length).toBeLessThan(1024 * 1024 + 100);
    expect(mail.body).toMatch(/\[\d+ more .*\]\n$/);
  });

  it('let 1 MiB of characters through whole', async () => {
    const message = 'x'.repeat(1024 * 1024);
    expect((await mailOf({ message })).body).toBe(`${message}\n`);
    expect((await mailOf({ message: `${message}y` })).body).toMatch(/\[1 more/);
  });
});
