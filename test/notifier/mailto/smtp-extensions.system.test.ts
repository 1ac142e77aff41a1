/** Mail through SMTP: what an extension of the server changes, and what becomes of a mail of which nobody knows whether it was taken. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { mailto } from '../../../src/notifier/mailto.ts';
import type { Notification, Outcome } from '../../../src/notifier/notifier.ts';
import { attemptWithin, openMethod, testServices } from '../open-method.ts';
import { eventNotification, requestNotification } from '../samples.ts';
import { parseMail } from './parse-mail.ts';
import { startScriptedServer, startSmtpServer } from './smtp-peer.ts';

const fixtures = new URL('../../fixtures/mailto/', import.meta.url);
const certificate = new URL('certificate.pem', fixtures).pathname;
const key = new URL('key.pem', fixtures).pathname;
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

function closing<T extends { close(): Promise<void> }>(thing: T): T {
  disposals.unshift(() => thing.close());
  return thing;
}
const server = async (options: SMTPServerOptions = {}) => closing(await startSmtpServer(options));
const sieve = (options: readonly string[] = ['bob@elsewhere.example']): Notification =>
  requestNotification('01-b', { class: 'SIEVE', options, message: 'hello' });

async function attempt(
  port: number,
  notification: Notification,
  options: Readonly<Record<string, string>> = {},
): Promise<Outcome | undefined> {
  const written = { smtp_host: '127.0.0.1', smtp_port: String(port), to: 'admin@example.org', ...options };
  const notifier = closing(await openMethod(mailto, written, testServices()));
  return attemptWithin(60_000, notifier, notification);
}

describe('a server that ends the connection between the final dot and its answer', () => {
  it.each([
    ['an event', eventNotification('01-a')],
    ['a Sieve notification', sieve()],
    ['a request', requestNotification('01-c')],
  ])('has perhaps taken the mail, so that %s is given up and not sent again', async (_, notification) => {
    let whole = 0;
    const peer = await server({
      onData: (stream) => {
        void text(stream).then(() => {
          whole += 1;
          peer.cut();
        });
      },
    });
    expect(await attempt(peer.port, notification)).toEqual({
      status: 'rejected',
      reason: expect.stringContaining(`127.0.0.1:${peer.port}`),
    });
    expect(whole).toBe(1);
  });

  it('has not taken what it never had whole', async () => {
    const peer = await server({
      onMailFrom: () => peer.cut(),
    });
    expect(await attempt(peer.port, eventNotification('01-a'))).toMatchObject({ status: 'retry' });
  });
});

describe('DSN', () => {
  it('is asked not to come, where the sender is empty and the server offers it', async () => {
    const peer = await server({ hideDSN: false });
    await attempt(peer.port, sieve(['a@x.example?cc=b@x.example']));
    await attempt(peer.port, eventNotification('01-a'));
    expect(peer.mails).toMatchObject([{ notify: [['NEVER'], ['NEVER']] }, { notify: [['NEVER']] }]);
  });

  it('is left to the server where an address for bounces is configured, but not for Sieve', async () => {
    const peer = await server({ hideDSN: false });
    const options = { envelope_from: 'bounces@example.org' };
    await attempt(peer.port, eventNotification('01-a'), options);
    await attempt(peer.port, sieve(), options);
    expect(peer.mails).toMatchObject([
      { from: 'bounces@example.org', notify: [undefined] },
      { from: '', notify: [['NEVER']] },
    ]);
  });

  it('is not mentioned to a server that does not offer it', async () => {
    const peer = closing(await startScriptedServer({ EHLO: '250-localhost\r\n250 PIPELINING' }));
    expect(await attempt(peer.port, sieve())).toMatchObject({ status: 'delivered' });
    expect(peer.lines.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([
      'MAIL FROM:<>',
      'RCPT TO:<bob@elsewhere.example>',
    ]);
  });
});

describe('an address outside ASCII', () => {
  const international = 'jürgen@bücher.example';
  const inEnvelope = 'jürgen@xn--bcher-kva.example';

  it('is sent with SMTPUTF8, in a mail that is ASCII itself', async () => {
    const peer = await server();
    expect(await attempt(peer.port, sieve([`${international}?cc=b@x.example`]))).toMatchObject({ status: 'delivered' });
    const [mail] = peer.mails;
    expect(mail).toMatchObject({ to: [international, 'b@x.example'], smtpUtf8: true });
    const parsed = parseMail(mail?.text ?? '', '\r\n');
    expect(parsed.header('To')).toBe(`${inEnvelope}:;`);
    expect(parsed.header('Cc')).toBe('b@x.example');
  });

  it('is what SMTPUTF8 is used for, and nothing else', async () => {
    const peer = await server();
    await attempt(peer.port, requestNotification('01-c', { message: 'jürgen' }), { sender: 'Jürgen <x@example.org>' });
    expect(peer.mails).toMatchObject([{ smtpUtf8: false }]);
  });

  it('is refused with the reason where the server has no SMTPUTF8, also after a login', async () => {
    for (const options of [{}, { smtp_user: 'u', smtp_password: 'p' }]) {
      const peer = await server({ hideSMTPUTF8: true, onAuth: (_, _session, done) => done(null, { user: 'u' }) });
      expect(await attempt(peer.port, sieve([international]), options)).toEqual({
        status: 'rejected',
        reason: expect.stringMatching(/jürgen@xn--bcher-kva\.example .*SMTPUTF8/),
      });
      expect(peer.mails).toEqual([]);
    }
  });

  it('does not keep the mail from the others where the server has no SMTPUTF8', async () => {
    const peer = await server({ hideSMTPUTF8: true });
    expect(await attempt(peer.port, sieve([`${international},b@x.example`]))).toEqual({
      status: 'delivered',
      detail: expect.stringContaining('SMTPUTF8'),
    });
    expect(peer.mails).toMatchObject([{ to: ['b@x.example'], smtpUtf8: false }]);
  });

  it('may be of an event whose user has such a name', async () => {
    const peer = await server();
    const notification = eventNotification('01-a', { user: 'jürgen' });
    expect(await attempt(peer.port, notification, { to: '{user}@example.org' })).toMatchObject({ status: 'delivered' });
    expect(peer.mails).toMatchObject([{ to: ['jürgen@example.org'] }]);
  });
});

describe('a client certificate', () => {
  const tls = { cert: readFileSync(certificate), key: readFileSync(key) };
  const own = { smtp_client_certificate: certificate, smtp_client_key: key };

  it.each([
    ['starttls', false],
    ['implicit', true],
  ] as const)('is shown to a server that asks for one: %s', async (mode, secure) => {
    const peer = await server({ ...tls, ca: tls.cert, requestCert: true, rejectUnauthorized: true, secure });
    const options = { smtp_tls: mode, smtp_ca: certificate };
    expect(await attempt(peer.port, sieve(), options)).toMatchObject({ status: 'retry' });
    expect(await attempt(peer.port, sieve(), { ...options, ...own })).toMatchObject({ status: 'delivered' });
    expect(peer.mails).toHaveLength(1);
  });

  it.each([
    [{ smtp_client_certificate: certificate }],
    [{ smtp_client_key: key }],
    [{ ...own, smtp_tls: 'off' }],
    [{ ...own, smtp_client_key: certificate }],
    [{ ...own, smtp_client_key: '/nonexistent' }],
  ])('that cannot be used keeps the notifier from being opened: %j', async (options) => {
    const opening = openMethod(mailto, { smtp_host: 'localhost', ...options });
    await expect(opening).rejects.toMatchObject({ code: 'NOTIFIER_OPEN' });
  });
});
