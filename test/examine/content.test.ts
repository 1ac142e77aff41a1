/** NAME_content on the way of an entry: nothing of a notification has more than its level, and others still share the sender's text. */
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../src/decode/encode-frame.ts';
import { createExaminer } from '../../src/examine/examiner.ts';
import { explainer } from '../../src/examine/explain.ts';
import type { Notification } from '../../src/notifier/notifier.ts';
import { captured } from '../decode/captured.ts';
import { rulesOf } from './rules.ts';

const event =
  '{"event":"vnd.dovecot.MessageNew","user":"john","messageSize":5,"uri":"imap://h/user/john;UIDVALIDITY=7/;UID=1","vnd.dovecot.subject":"SECRET","vnd.dovecot.from":"SECRET@example.org","vnd.example.new":"SECRET"}';

const configuration = `notifiers: full other thin redacted mail
mail_method: mailto
mail_mailto_smtp_host: 127.0.0.1
mail_mailto_to: admin@example.org
mail_content: thin
full_method: log
other_method: log
thin_method: log
thin_content: thin
thin_when: event.vnd_dovecot_subject == "SECRET"
redacted_method: log
redacted_content: redacted
`;

const { parts, choosers } = await rulesOf(configuration);
const examiner = createExaminer(parts);
let position = 0;

function notifications(format: 'event' | 'datagram', bytes: Uint8Array): Readonly<Record<string, Notification>> {
  position += 1;
  const entry = { position, id: `id${position}`, receivedAt: 0, request: { format, bytes } };
  return Object.fromEntries(
    choosers.flatMap((chooser) => {
      const route = examiner.route(entry, chooser);
      return route.kind === 'deliver' ? [[chooser.name, route.notification]] : [];
    }),
  );
}

/** All that a method can see of it. */
const seen = (notification: Notification | undefined): string =>
  JSON.stringify([notification, notification?.message, notification?.printable]);

describe('NAME_content', () => {
  it('takes what is personal out of everything that a method can see', () => {
    const { thin, redacted } = notifications('event', Buffer.from(event));
    expect(thin?.payload).toEqual({
      event: 'vnd.dovecot.MessageNew',
      user: 'john',
      uri: 'imap://h/user/john;UIDVALIDITY=7/;UID=1',
    });
    expect(redacted?.payload).toEqual({ ...thin?.payload, messageSize: 5 });
    expect(JSON.parse(thin?.message ?? '')).toEqual(thin?.payload);
    expect(`${seen(thin)}${seen(redacted)}`).not.toContain('SECRET');
    expect(thin).toMatchObject({ user: 'john', mailbox: 'user/john', event: 'vnd.dovecot.MessageNew' });
  });

  it('leaves the others one notification with the text of the sender', () => {
    const { full, other } = notifications('event', Buffer.from(event));
    expect(full).toBe(other);
    expect(full?.message).toBe(event);
    expect(full?.printable).toBe(event);
  });

  it.each(['MAIL', 'SIEVE', 'IMIP'])('leaves of a request of class %s what identifies it', (requestClass) => {
    const request = {
      method: 'mailto:SECRET@example.org',
      class: requestClass,
      priority: 'high',
      user: 'john',
      mailbox: 'INBOX',
      options: ['mailto:SECRET@example.org'],
      message: '{"SECRET":1}',
      fname: '/SECRET',
    };
    const { mail } = notifications('datagram', encodeFrame(request));
    expect(mail).toMatchObject({ class: requestClass, user: 'john', mailbox: 'INBOX', options: [], message: '' });
    expect(seen(mail)).not.toContain('SECRET');
  });

  it('is explained', () => {
    const verdicts = explainer(parts, choosers)({ format: 'event', bytes: Buffer.from(event) }).notifiers;
    const of = (name: string) => verdicts.find(({ notifier }) => notifier === name);
    const [full, thin] = [of('full'), of('thin')];
    expect(full?.changes).toEqual([]);
    expect(thin?.changes).toMatchObject([{ option: 'thin_content' }]);
    expect(thin?.changes[0]?.detail.split(' ').slice(1)).toEqual([
      'messageSize',
      'vnd.dovecot.subject',
      'vnd.dovecot.from',
      'vnd.example.new',
    ]);
  });

  it('leaves every request of a real Cyrus a payload with no more names than before', () => {
    for (const { bytes } of captured.slice(0, 300)) {
      const { full, thin, redacted } = notifications('datagram', bytes);
      const names = (one: Notification | undefined): readonly string[] => Object.keys(one?.payload ?? {});
      for (const one of [thin, redacted]) expect(names(full)).toEqual(expect.arrayContaining([...names(one)]));
      if (full?.class === 'EVENT' && redacted) expect(seen(redacted)).not.toMatch(/vnd\.cmu\.envelope|midset|clientIP/);
    }
  });
});
