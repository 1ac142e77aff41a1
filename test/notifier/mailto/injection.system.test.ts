/**
 * Whatever stands in a request, an event, a URI, a template or an option: the mail, read back by a MIME parser that is not ours,
 * has exactly the headers, the recipients and the one part that are meant, and the session over SMTP exactly the commands.
 */
import fc from 'fast-check';
import PostalMime, { type Email } from 'postal-mime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mailto } from '../../../src/notifier/mailto.ts';
import type { Notification } from '../../../src/notifier/notifier.ts';
import { tries } from '../../support/long.ts';
import { openMethod, testServices } from '../open-method.ts';
import { eventNotification, requestNotification } from '../samples.ts';
import { parseMail } from './parse-mail.ts';
import { type ScriptedPeer, startScriptedServer } from './smtp-peer.ts';

const never = new AbortController().signal;
let peer: ScriptedPeer;
beforeAll(async () => {
  peer = await startScriptedServer({ EHLO: '250-localhost\r\n250-SMTPUTF8\r\n250 DSN' });
});
afterAll(() => peer.close());

/** What adds a line, ends a header or a mail, opens a part, turns text around, or is too long for a line. */
const tricks = [
  '\r\nBcc: victim@example.org',
  '\nBcc: victim@example.org\n\nbody',
  '\rBcc: victim@example.org',
  '\r\n\r\n',
  '\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\n',
  '\n.\nQUIT\n',
  '\0',
  '\u000b\u000c\u0085\u2028\u2029Bcc: victim@example.org',
  '=?utf-8?q?=0D=0ABcc:_victim@example.org?=',
  '=?utf-8?b?DQpCY2M6IHZpY3RpbUBleGFtcGxlLm9yZw==?=',
  '=?utf-8?q?unfinished',
  '=?iso-2022-jp?b?GyRCJCIkJBsoQg==?=',
  '?=',
  '\u202eevil\u2066\u200f',
  '\ud83d',
  '\u{1f600}',
  'ü'.repeat(700),
  'x'.repeat(3000),
  ' '.repeat(3000),
  'long words of a line '.repeat(200),
  '"<victim@example.org>, ',
  '(comment) ; owner-email="victim@example.org"',
  ':;,',
  '\\"',
  'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<b>',
  '{user}{{}}\\n',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...tricks), fc.string({ unit: 'binary', maxLength: 20 }), fc.constant('word ')), {
    maxLength: 4,
  })
  .map((pieces) => pieces.join(''));

async function send(
  notification: Notification,
  options: Readonly<Record<string, string>>,
): Promise<{ readonly mail: string; readonly email: Email } | undefined> {
  const before = { mails: peer.mails.length, lines: peer.lines.length };
  const written = { smtp_host: '127.0.0.1', smtp_port: String(peer.port), ...options };
  const notifier = await openMethod(mailto, written, testServices());
  const [outcome] = await notifier.notify([{ notification, attempt: 1, lane: '' }], never);
  await notifier.close();
  const mails = peer.mails.slice(before.mails);
  const commands = peer.lines.slice(before.lines).map((line) => line.split(/[ :]/, 1)[0]);
  if (mails.length === 0) {
    expect(outcome?.status).not.toBe('retry');
    return undefined;
  }
  expect(outcome).toMatchObject({ status: 'delivered' });
  expect(mails).toHaveLength(1);
  expect(commands.filter((word) => word === 'MAIL' || word === 'DATA')).toEqual(['MAIL', 'DATA']);
  // As a server undoes it (RFC 5321 §4.5.2).
  const mail = (mails[0] ?? '').replace(/^\./gm, '');
  return { mail, email: await PostalMime.parse(mail) };
}
function recipients(): readonly string[] {
  const last = peer.lines.lastIndexOf('MAIL FROM:<>');
  return peer.lines.slice(last).flatMap((line) => /^RCPT TO:<(.*)>/.exec(line)?.[1] ?? []);
}

const always = ['content-transfer-encoding', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject'];

/** Whether anything is left of it in a header. */
const isVisible = (written: string): boolean =>
  /[^\s\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(written);

/** That the mail is what it should be, with these further headers. */
function expectMeant(sent: { readonly mail: string; readonly email: Email }, further: readonly string[]): void {
  const { mail, email } = sent;
  const own = parseMail(mail, '\r\n');
  const names = email.headers.map(({ key }) => key);
  expect([...names].sort()).toEqual([...always, 'auto-submitted', ...further].sort());
  expect(own.headers.map(([name]) => name.toLowerCase())).toEqual(names);
  expect(email.from?.address).toBe('postmaster@mail.example.org');
  expect(email.bcc ?? []).toEqual([]);
  expect(email.attachments).toEqual([]);
  expect(email.html).toBeUndefined();
  expect(email.subject ?? '').not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  expect([...(email.subject ?? '')].length).toBeLessThanOrEqual(256);
}

it('a Sieve notification', async () => {
  const fields = fc.record({
    user: text,
    mailbox: text,
    message: text,
    priority: fc.oneof(text, fc.constantFrom('high', 'low')),
    method: text,
  });
  const uri = fc.record({
    subject: text,
    body: text,
    keywords: text,
    'reply-to': text,
    bcc: text,
    from: text,
    odd: text,
  });
  await fc.assert(
    fc.asyncProperty(fields, uri, fc.boolean(), async (given, parts, withUri) => {
      const encoded = Object.entries(parts).map(
        ([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`,
      );
      const option = `bob@elsewhere.example${withUri ? `?${encoded.join('&')}` : ''}`;
      const sent = await send(requestNotification('01-a', { ...given, class: 'SIEVE', options: [option] }), {});
      if (sent === undefined) return expect.fail('it was not sent');
      const graded =
        given.priority === 'high' || given.priority === 'low' || given.priority === '1' || given.priority === '3';
      const keywords = withUri && isVisible(parts.keywords) ? ['keywords'] : [];
      expectMeant(sent, ['to', 'x-sieve', ...(graded ? ['importance', 'x-priority'] : []), ...keywords]);
      expect(sent.email.to?.map(({ address }) => address)).toEqual(['bob@elsewhere.example']);
      expect(recipients()).toEqual(['bob@elsewhere.example']);
      const automatic = sent.email.headers.find(({ key }) => key === 'auto-submitted')?.value;
      expect(automatic).toMatch(/^auto-notified; owner-(?:email="(?:[^"\\\r\n]|\\.)*"|token=[0-9a-z]+)$/);
    }),
    { numRuns: tries(100) },
  );
});

it('a Sieve notification to any recipient goes to addresses that are none but those of the URI', async () => {
  await fc.assert(
    fc.asyncProperty(text, text, async (before, after) => {
      const option = `${before}@x.example${after}`;
      const sent = await send(requestNotification('01-b', { class: 'SIEVE', options: [option] }), {});
      if (sent === undefined) return;
      for (const address of recipients()) expect(address).toMatch(/^[^\s<>|-][^<>\p{Cc}]*@[A-Za-z0-9.-]+$/u);
      expect(sent.email.bcc ?? []).toEqual([]);
    }),
    { numRuns: tries(100) },
  );
});

it('an event, with templates and without', async () => {
  const templates = fc.constantFrom<Readonly<Record<string, string>>>(
    { to: 'admin@example.org' },
    { to: '{user}', domain: 'example.org' },
    { to: 'admin@example.org', subject: '{a} {user} {mailbox}', body: '{a}\\n{parameters}\\n{message}' },
    { to: 'admin@example.org', sender: 'Ü "x", y: <postmaster@mail.example.org>' },
  );
  const types = fc.constantFrom(
    'MessageNew',
    'QuotaExceed',
    'AclChange',
    'Login',
    'MailboxRename',
    'FlagsSet',
    'vnd.x',
  );
  await fc.assert(
    fc.asyncProperty(templates, types, text, text, text, async (options, event, a, b, c) => {
      const isToUser = options['domain'] !== undefined;
      const notification = eventNotification('01-c', {
        ...{ event, a, user: isToUser ? 'john' : b, flagNames: a, aclSubject: b, clientIP: c, service: a },
        ...{ uri: `imap://h/user/john/${encodeURIComponent(b.toWellFormed())}`, oldMailboxID: c, [c]: c },
        ...{
          'vnd.cmu.envelope': `("d" ${JSON.stringify(a)} ((${JSON.stringify(b)} NIL "l" "d")))`,
          'vnd.dovecot.subject': c,
        },
      });
      const sent = await send(notification, options);
      if (sent === undefined) return expect.fail('it was not sent');
      expectMeant(sent, ['to']);
      expect(recipients()).toEqual([isToUser ? 'john@example.org' : 'admin@example.org']);
      expect(sent.email.to?.map(({ address }) => address)).toEqual(recipients());
    }),
    { numRuns: tries(100) },
  );
});

it('any other request', async () => {
  await fc.assert(
    fc.asyncProperty(text, text, text, async (requestClass, user, message) => {
      // These classes have rules of their own.
      const other = /^(sieve|mail|event)$/i.test(requestClass) ? 'OTHER' : requestClass;
      const sent = await send(requestNotification('01-d', { class: other, user, message, options: [message] }), {
        to: 'admin@example.org',
      });
      if (sent === undefined) return expect.fail('it was not sent');
      expectMeant(sent, ['to']);
      expect(recipients()).toEqual(['admin@example.org']);
    }),
    { numRuns: tries(60) },
  );
});
