/** Which notifications stay in order with which: the lanes that an examined request is put into. */
import { describe, expect, it } from 'vitest';
import type { Entry, Request } from '../../src/base/request.ts';
import { encodeFrame } from '../../src/decode/encode-frame.ts';
import { type Chooser, choose } from '../../src/examine/choose.ts';
import { examine } from '../../src/examine/examine.ts';
import type { Order } from '../../src/examine/route.ts';
import type { Filter } from '../../src/filter/filter.ts';

const parts = {
  schemas: { validate: () => ({ ok: true, known: true }) as const, catalogue: () => [] },
  rejectUnknownEvents: false,
  routing: () => ({ names: new Set(['all']) }),
};

let position = 0;

function laneOf(request: Partial<Request>, order: Order): string {
  const absent = { method: '', class: 'EVENT', priority: '', user: '', mailbox: '', options: [], message: '' };
  const bytes = encodeFrame({ ...absent, ...request });
  position += 1;
  const entry: Entry = { position, id: `ID${position}`, receivedAt: 0, request: { format: 'datagram', bytes } };
  const filter: Filter = (mailEvent) => ({ pass: true, event: mailEvent, changes: [] });
  const chooser: Chooser = { name: 'all', order, selection: () => undefined, filter };
  const route = choose(entry, examine(entry.request, parts), chooser, {});
  return route.kind === 'deliver' ? route.lane : 'not delivered';
}

const event = (uri: string, user: string): Partial<Request> => ({
  message: JSON.stringify({ event: 'MailboxModseq', uri, user }),
});

const inbox = 'imap://host/user.john';

describe('the order of a mailbox', () => {
  it('holds whoever acts on it', () => {
    expect(laneOf(event(inbox, 'john'), 'mailbox')).toBe(laneOf(event(`${inbox};UIDVALIDITY=3`, ''), 'mailbox'));
    expect(laneOf(event(inbox, 'john'), 'mailbox')).toBe(laneOf(event(inbox, 'admin'), 'mailbox'));
  });

  it('holds in a shared mailbox, which has no owner', () => {
    expect(laneOf(event('imap://host/shared', ''), 'mailbox')).toBe(
      laneOf(event('imap://host/shared', 'admin'), 'mailbox'),
    );
  });

  it('leaves other mailboxes alone', () => {
    expect(laneOf(event(inbox, 'john'), 'mailbox')).not.toBe(laneOf(event(`${inbox}.Sub`, 'john'), 'mailbox'));
    const mail = { class: 'MAIL', mailbox: 'INBOX' };
    expect(laneOf({ ...mail, user: 'john' }, 'mailbox')).not.toBe(laneOf({ ...mail, user: 'jane' }, 'mailbox'));
  });

  it('is that of the user where an event has no mailbox, and none without either', () => {
    const login = event('imap://host', 'john');
    expect(laneOf(login, 'mailbox')).toBe(laneOf(login, 'mailbox'));
    expect(laneOf(login, 'mailbox')).not.toBe(laneOf(event('imap://host', 'jane'), 'mailbox'));
    const nobody = event('imap://host', '');
    expect(laneOf(nobody, 'mailbox')).not.toBe(laneOf(nobody, 'mailbox'));
  });
});

describe('the order of a user', () => {
  it('holds over all mailboxes of the user, whoever acts on them', () => {
    expect(laneOf(event(inbox, 'admin'), 'user')).toBe(laneOf(event(`${inbox}.Sub`, 'john'), 'user'));
  });
});

it('the order of receipt keeps everything together', () => {
  const mail = laneOf({ class: 'MAIL', mailbox: 'INBOX', user: 'jane', message: 'x' }, 'received');
  expect(laneOf(event(inbox, 'john'), 'received')).toBe(mail);
});

it('no order keeps nothing together', () => {
  expect(laneOf(event(inbox, 'john'), 'none')).not.toBe(laneOf(event(inbox, 'john'), 'none'));
});
