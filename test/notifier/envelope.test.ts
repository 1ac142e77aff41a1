import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, type JsonObject, writeJson } from '../../src/base/event.ts';
import { escapedJson } from '../../src/base/printable.ts';
import { compileSpecialUse, defaultSpecialUse } from '../../src/filter/special-use.ts';
import { envelopeLine, envelopeOf, maxUids } from '../../src/notifier/envelope.ts';
import type { Notification } from '../../src/notifier/notifier.ts';
import { blocksIn } from '../documentation/blocks.ts';
import { anyNotification, eventNotification, hostileNotifications, requestNotification } from './samples.ts';

const services = { specialUse: compileSpecialUse(defaultSpecialUse) };
const of = (notification: Notification): JsonObject => envelopeOf(notification, services);

describe('the envelope', () => {
  it('names the mailbox, its owner and the UIDs of an event', () => {
    const parameters = {
      event: 'MessageTrash',
      uri: 'imap://mail.example.org/user/john.doe/Lists/cyrus%20imap@example.org;UIDVALIDITY=1795242533',
      uidset: '3:5,9',
      user: 'john.doe@example.org',
    };
    expect(of(eventNotification('01ab', parameters))).toEqual({
      id: '01ab',
      receivedAt: '2026-11-21T06:28:56.018Z',
      event: 'MessageTrash',
      user: 'john.doe@example.org',
      mailbox: {
        name: 'user/john.doe/Lists/cyrus imap@example.org',
        owner: 'john.doe@example.org',
        path: ['Lists', 'cyrus imap'],
        separator: '/',
        specialUse: [],
      },
      uidvalidity: 1795242533,
      uidset: '3:5,9',
      uids: [3, 4, 5, 9],
      data: expect.objectContaining(parameters),
    });
  });

  it('is as docs/webhook.md prints it', () => {
    const printed = blocksIn('docs/webhook.md').find(({ language }) => language === 'json');
    const { id, receivedAt, data } = JSON.parse(printed?.text ?? '');
    const notification = { ...eventNotification(id, data), user: data.user, payload: data };
    expect(of({ ...notification, receivedAt: Date.parse(receivedAt) })).toEqual(JSON.parse(printed?.text ?? ''));
  });

  it('takes the one UID from the URL, and names the special use', () => {
    const uri = 'imap://h/user/john/Junk;UIDVALIDITY=7/;UID=4294967295';
    expect(of(eventNotification('1', { uri }))).toMatchObject({
      mailbox: { path: ['Junk'], specialUse: ['\\Junk'] },
      uidset: '4294967295',
      uids: [4294967295],
    });
  });

  it("reads a name in the user's own view", () => {
    const { event: _, ...rest } = eventNotification('1', { uri: 'imap://jane@h/user/x' });
    expect(of({ ...rest, event: 'MailboxCreate', naming: 'user' })).toMatchObject({
      mailbox: { name: 'user/x', owner: 'jane', path: ['user', 'x'] },
    });
  });

  it('has null for what is not there', () => {
    const nothing = { uri: 'imap://h/', user: '' };
    expect(of({ ...eventNotification('1', nothing), mailbox: '', user: '' })).toMatchObject({
      user: null,
      mailbox: null,
      uidvalidity: null,
      uidset: null,
      uids: null,
    });
    const shared = of(eventNotification('1', { uri: 'imap://h/lists.cyrus' }));
    expect(shared).toMatchObject({ mailbox: { owner: null, separator: null, path: ['lists.cyrus'] } });
    expect(of(eventNotification('1', { uri: 'nonsense', uidset: 'nonsense' }))).toMatchObject({
      mailbox: { name: 'user.john' },
      uidset: 'nonsense',
      uids: null,
    });
  });

  it('holds a request of another class', () => {
    expect(of(requestNotification('1', { class: 'SIEVE' }))).toMatchObject({
      event: null,
      user: 'john',
      mailbox: { name: 'INBOX', owner: 'john', path: ['INBOX'], separator: null, specialUse: [] },
      data: { class: 'SIEVE' },
    });
  });

  it.each<[string, number | null]>([
    [`1:${maxUids}`, maxUids],
    [`1:${maxUids + 1}`, null],
    ['1:4294967295', null],
    ['5:*', null],
    ['4,4,4:5', 2],
  ])('of the uidset %s writes as many UIDs: %s', (uidset, count) => {
    const { uids } = of(eventNotification('1', { uidset }));
    expect(Array.isArray(uids) ? uids.length : uids).toBe(count);
  });

  it('keeps every digit of a number, and can be written whatever the notification holds', () => {
    const big = of(eventNotification('1', { modseq: new ExactNumber('9223372036854775807') }));
    expect(writeJson(big)).toContain('"modseq":9223372036854775807');
    const anyUidset = fc.array(fc.nat(3000), { minLength: 1 }).map((uids) => uids.map((uid) => uid + 1));
    fc.assert(
      fc.property(
        anyNotification(() => '1'),
        anyUidset,
        (notification, written) => {
          expect(Object.keys(JSON.parse(writeJson(of(notification))))).toEqual(Object.keys(big));
          const { uids } = of({ ...notification, payload: { ...notification.payload, uidset: written.join(',') } });
          if (!Array.isArray(uids)) return;
          expect(uids).toEqual([...new Set(written)].sort((one, other) => one - other));
        },
      ),
    );
  });

  it('is the same as a line, whether the text of its payload is there or not', () => {
    const same = (notification: Notification): void => {
      const { printable: _, ...bare } = notification;
      const line = envelopeLine(notification, services);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(line)).toEqual(JSON.parse(writeJson(of(notification))));
      expect(envelopeLine(bare, services)).toBe(line);
    };
    for (const notification of hostileNotifications()) same(notification);
    fc.assert(
      fc.property(
        anyNotification(() => '1'),
        (notification) => same({ ...notification, printable: escapedJson(writeJson(notification.payload)) }),
      ),
    );
    expect(envelopeLine({ ...eventNotification('1'), printable: '{"event":"Told"}' }, services)).toContain('"Told"');
  });
});
