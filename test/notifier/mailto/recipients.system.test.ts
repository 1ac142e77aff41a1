/** To whom the mail of an event goes, and what it says to a user: through a real SMTP server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailto } from '../../../src/notifier/mailto.ts';
import type { Notification, Outcome } from '../../../src/notifier/notifier.ts';
import { openMethod, testServices } from '../open-method.ts';
import { eventNotification, requestNotification } from '../samples.ts';
import { type ParsedMail, parseMail } from './parse-mail.ts';
import { type SmtpPeer, startSmtpServer } from './smtp-peer.ts';

const never = new AbortController().signal;
let peer: SmtpPeer;
let directory: string;
let map: string;

beforeEach(async () => {
  peer = await startSmtpServer();
  directory = mkdtempSync(join(tmpdir(), 'belfry-recipients-'));
  map = join(directory, 'addresses');
  writeFileSync(map, 'john: john@home.example, john@work.example\njane@example.org: jane@home.example\n');
});
afterEach(async () => {
  await peer.close();
  rmSync(directory, { recursive: true });
});

async function send(
  notification: Notification,
  options: Readonly<Record<string, string>>,
): Promise<Outcome | undefined> {
  const written = { smtp_host: '127.0.0.1', smtp_port: String(peer.port), ...options };
  const notifier = await openMethod(mailto, written, testServices());
  const [outcome] = await notifier.notify([{ notification, attempt: 1, lane: '' }], never);
  await notifier.close();
  return outcome;
}
const of = (user: string): Notification => eventNotification('01-a', { user });
const delivered = { status: 'delivered' };
const sentTo = (): unknown => peer.mails.map(({ to }) => to);

describe('a recipient with a name in braces', () => {
  it('gets the domain where it is a user, and none where it is an address', async () => {
    const options = { to: '{user}', domain: 'example.org' };
    expect(await send(of('john'), options)).toMatchObject(delivered);
    expect(await send(of('jane@example.com'), options)).toMatchObject(delivered);
    expect(await send(of('a b'), options)).toMatchObject({ status: 'rejected' });
    expect(sentTo()).toEqual([['john@example.org'], ['jane@example.com']]);
  });

  it('is looked up, and filtered where it is not there', async () => {
    const options = { to: '{user}', map };
    expect(await send(of('john'), options)).toMatchObject(delivered);
    expect(await send(of('JANE@example.org'), options)).toMatchObject(delivered);
    expect(await send(of('bob@example.org'), options)).toMatchObject(delivered);
    expect(await send(of('bob'), options)).toEqual({
      status: 'filtered',
      option: 'audit_mailto_map',
      detail: expect.stringContaining('"bob"'),
    });
    expect(sentTo()).toEqual([['john@home.example', 'john@work.example'], ['jane@home.example'], ['bob@example.org']]);
  });

  it('gets the domain where it is not in the map', async () => {
    const options = { to: '{user}', map, domain: 'example.org' };
    await send(of('john'), options);
    await send(of('bob'), options);
    expect(sentTo()).toEqual([['john@home.example', 'john@work.example'], ['bob@example.org']]);
  });

  it('is filtered where there is no user, but only with a map or a domain', async () => {
    const nobody = { status: 'filtered', option: 'audit_mailto_to' };
    expect(await send(of(''), { to: '{user}', map })).toMatchObject(nobody);
    expect(await send(of(''), { to: '{user}', domain: 'example.org' })).toMatchObject(nobody);
    expect(await send(of(''), { to: '{user}' })).toMatchObject({ status: 'rejected' });
    expect(await send(of('john'), { to: '{user}' })).toMatchObject({ status: 'rejected' });
  });

  it('does not keep the mail from the other recipients', async () => {
    expect(await send(of('bob'), { to: 'admin@example.org {user}', map })).toMatchObject(delivered);
    expect(sentTo()).toEqual([['admin@example.org']]);
  });

  it('is there for a Sieve script that names nobody', async () => {
    const sieve = requestNotification('01-b', { class: 'SIEVE', options: [] });
    expect(await send(sieve, { to: '{user}', map })).toMatchObject(delivered);
    expect(await send({ ...sieve, user: 'bob' }, { to: '{user}', map })).toMatchObject({ status: 'filtered' });
  });

  it.each([
    ['john', 'line 1: '],
    ['# x\njohn: root', 'line 2: '],
  ])('cannot be looked up in a file that is wrong: %j', async (text, place) => {
    writeFileSync(map, text);
    const opening = openMethod(mailto, { to: '{user}', map });
    await expect(opening).rejects.toMatchObject({ code: 'NOTIFIER_OPEN', message: expect.stringContaining(place) });
    const [need] = mailto.files({ map, sendmail: '/x' });
    expect(need).toMatchObject({ option: 'map', path: map, use: 'text' });
    expect(need?.mistakeIn?.(text)).toContain(place);
    expect(need?.mistakeIn?.('john: a@b')).toBeUndefined();
  });
});

describe('the words', () => {
  const quota = { event: 'QuotaExceed', uri: 'imap://x/user/john', diskQuota: 1_048_576, diskUsed: 1_048_000 };
  const mail = (): ParsedMail => parseMail(peer.mails.at(-1)?.text ?? '', '\r\n');
  const event = (parameters: Parameters<typeof eventNotification>[1]): Notification =>
    eventNotification('01-a', { 'vnd.cmu.envelope': null, ...parameters });

  it('are for the user where the mail goes to the user alone', async () => {
    await send(event(quota), { to: '{user}', domain: 'example.org' });
    expect(mail().header('Subject')).not.toContain('QuotaExceed');
    expect(mail().body).toMatch(/0\.999 GB .* 1 GB .*\(99 %\)/);
    expect(mail().body).not.toContain('diskQuota');
    for (const to of ['admin@example.org', 'admin@example.org {user}@example.org']) {
      await send(event(quota), { to });
      expect(mail().header('Subject')).toContain('[QuotaExceed]');
      expect(mail().body).toContain('diskQuota: 1048576');
    }
  });

  it('are those of the templates where there are any, each by itself', async () => {
    const options = { to: '{user}@example.org' };
    await send(event(quota), { ...options, subject: 'about {user}' });
    expect(mail().header('Subject')).toBe('about john');
    expect(mail().body).toContain('(99 %)');
    await send(event(quota), { ...options, body: '{diskUsed}' });
    expect(mail().header('Subject')).not.toBe('about john');
    expect(mail().body).toBe('1048000\n');
  });

  it('are the parameters where the type has none of its own', async () => {
    await send(event({ event: 'vnd.example.Odd' }), { to: '{user}@example.org' });
    expect(mail().header('Subject')).toContain('[vnd.example.Odd]');
  });

  it('do not let a sender add a line or a header', async () => {
    const envelope =
      '("d" "a\r\nBcc: v@x\r\n\r\nb=?utf-8?q?=0D=0AX:_y?=" (("n\r\nm" NIL "l" "d")) NIL NIL NIL NIL NIL NIL NIL)';
    const hostile = event({ 'vnd.cmu.envelope': envelope, uri: 'imap://x/user/john/a%0D%0ABcc:%20v@x' });
    await send(hostile, { to: '{user}@example.org' });
    expect(mail().header('Bcc')).toBeUndefined();
    expect(mail().header('X')).toBeUndefined();
    expect(mail().body).toMatch(/^From: n m <l@d>\nSubject: a Bcc: v@x b X: y$/m);
  });
});
