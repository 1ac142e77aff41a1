/** Where events of a mailbox that is only called Junk are held back: not those that a mail server sends to a notifysocket. */
import { describe, expect, it } from 'vitest';
import type { RequestFormat } from '../../src/base/request.ts';
import { type Explanation, explainer } from '../../src/examine/explain.ts';
import { rulesOf } from './rules.ts';

const event = (mailbox: string): string =>
  JSON.stringify({ event: 'MessageNew', user: 'john', uri: `imap://h/${mailbox};UIDVALIDITY=7/;UID=1` });

const bytesOf: Readonly<Record<'datagram' | 'dlist' | 'event' | 'dovecot', (mailbox: string) => string>> = {
  datagram: event,
  dlist: (mailbox) => `NOTIFY %(METHOD "" CLASS EVENT MESSAGE {${event(mailbox).length}+}\r\n${event(mailbox)})\r\n`,
  event,
  dovecot: () => '{"user":"john","event":"messageNew","folder":"Junk","imap-uidvalidity":7,"imap-uid":1,"server":"h"}',
};

async function explained(
  options: string,
  format: RequestFormat & keyof typeof bytesOf,
  mailbox = 'user/john/Junk',
): Promise<Explanation['notifiers'][number] | undefined> {
  const included = { '/etc/imapd.conf': 'event_exclude_specialuse: \\Junk \\Sent\n' };
  const { parts, choosers } = await rulesOf(`notifiers: a\na_method: log\n${options}\n`, included);
  const request = { format, bytes: Buffer.from(bytesOf[format](mailbox)) };
  return explainer(parts, choosers)(request).notifiers[0];
}

const include = '@include: /etc/imapd.conf';

describe('event_exclude_specialuse', () => {
  it.each([
    ['datagram', '', true],
    ['dlist', '', true],
    ['event', '', false],
    ['dovecot', '', false],
    // Cyrus has applied what it read there.
    ['datagram', include, true],
    ['dlist', include, true],
    ['event', include, false],
    // What is written for belfry holds for everybody.
    ['datagram', 'event_exclude_specialuse: \\Junk', false],
    ['dlist', 'event_exclude_specialuse: \\Junk', false],
    ['datagram', `${include}\nbelfry_event_exclude_specialuse: \\Junk`, false],
    ['datagram', 'special_use: \\Junk=INBOX/Junk', false],
    ['datagram', 'special_use: \\Junk=INBOX/Other', true],
    ['datagram', `${include}\nbelfry_special_use: \\Junk=INBOX/Junk`, false],
    ['datagram', `${include}\na_event_exclude_specialuse: \\Junk`, false],
    ['datagram', `${include}\nb_event_exclude_specialuse: \\Junk`, true],
    ['datagram', `${include}\na_event_groups: message`, true],
  ] as const)('over %s with "%s": told of Junk %s', async (format, options, delivers) => {
    const verdict = await explained(options, format);
    expect(verdict?.delivers).toBe(delivers);
    if (!delivers) expect(verdict?.reason?.option).toBe('event_exclude_specialuse');
  });

  it('is explained where it might be expected and does not hold', async () => {
    expect((await explained('', 'datagram'))?.note).toMatch(
      /^event_exclude_specialuse .* \\Junk\).*belfry_event_exclude_specialuse/,
    );
    expect(await explained('', 'datagram', 'user/john')).not.toHaveProperty('note');
    expect(await explained(include, 'dlist', 'user/john/Sent')).toHaveProperty('note');
    expect(await explained('special_use: \\Junk=INBOX/Other', 'datagram')).not.toHaveProperty('note');
  });
});
