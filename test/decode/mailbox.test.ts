import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../src/decode/event.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { parseImapUrl } from '../../src/decode/imap-url.ts';
import { type MailboxName, mailboxOf } from '../../src/decode/mailbox.ts';
import { captured } from './captured.ts';
import { accepted } from './outcome.ts';

describe('the mailbox of a captured event', () => {
  const named = captured.flatMap(({ name, bytes }) => {
    const event = decodeEvent(accepted(decodeFrame(bytes)).message);
    const uri = event.ok ? event.value['uri'] : undefined;
    return typeof uri === 'string' && uri.slice('imap://'.length).includes('/') ? [{ name, uri }] : [];
  });

  it.each(named)('$name belongs to a user', ({ uri }) => {
    const mailbox = mailboxOf(accepted(parseImapUrl(uri)));
    expect(mailbox?.separator).toBe('/');
    expect(['john', 'jane', 'quinn', 'tmp', 'tmp2']).toContain(mailbox?.owner);
    expect(mailbox?.inbox).toBe(mailbox?.name === `user/${mailbox?.owner}`);
  });
});

describe('the mailbox of a URL', () => {
  const owned = (owner: string | undefined, separator: MailboxName['separator'], inbox: boolean) => ({
    ...(owner === undefined ? {} : { owner }),
    separator,
    inbox,
  });

  it.each<[string, Omit<MailboxName, 'name'>]>([
    // The administrator's view, separator /
    ['user/john', owned('john', '/', true)],
    ['user/john/Sub', owned('john', '/', false)],
    ['user/john/INBOX', owned('john', '/', false)],
    ['user/john.doe', owned('john.doe', '/', true)],
    ['user/john.doe/a.b/c', owned('john.doe', '/', false)],
    ['user/john^doe/Sub', owned('john^doe', '/', false)],
    ['user/john/#calendars/Default', owned('john', '/', false)],
    // Virtual domains
    ['user/john@example.org', owned('john@example.org', '/', true)],
    ['user/john/Sub@example.org', owned('john@example.org', '/', false)],
    ['user/john/a@b/Sub@example.org', owned('john@example.org', '/', false)],
    ['user/john.doe/A/B@mail.example.org', owned('john.doe@mail.example.org', '/', false)],
    // The domain as part of the owner's name
    ['user/john@example.org/Sub', owned('john@example.org', '/', false)],
    ['user/john@example.org/lists@example.net', owned('john@example.org', '/', false)],
    // What only looks like a domain
    ['user/john/plus+at@x', owned('john', '/', false)],
    ['user/john/a@b.c/d', owned('john', '/', false)],
    ['user/john/a@b c.d', owned('john', '/', false)],
    // The administrator's view, separator .
    ['user.john', owned('john', '.', true)],
    ['user.john.Sub', owned('john', '.', false)],
    ['user.john^doe', owned('john.doe', '.', true)],
    ['user.john^doe.Sub', owned('john.doe', '.', false)],
    ['user.john.Sub@example.org', owned('john@example.org', '.', false)],
    ['user.john^doe.Sub@example.org', owned('john.doe@example.org', '.', false)],
    ['user.john.a@x', owned('john', '.', false)],
    ['user.john@example.org', owned('john@example.org', '.', true)],
    ['user.john^doe@mail.example.org', owned('john.doe@mail.example.org', '.', true)],
    ['user.john@example.org.Sub', owned('john@example.org', '.', false)],
    ['user.john@example.org.Sub.Deeper', owned('john@example.org', '.', false)],
    ['user.john@example^org', owned('john@example.org', '.', true)],
    ['user.john@example^org.sub', owned('john@example.org', '.', false)],
    ['user.john@EXAMPLE.ORG', owned('john@EXAMPLE.ORG', '.', true)],
    // Internal names
    ['example.org!user.john', owned('john@example.org', '.', true)],
    ['example.org!user.john.Sub', owned('john@example.org', '.', false)],
    ['example.org!user.john^doe.Sub', owned('john.doe@example.org', '.', false)],
    ['example.org!shared.news', owned(undefined, '.', false)],
    // Shared
    ['shared/news', owned(undefined, '/', false)],
    ['shared.news', owned(undefined, undefined, false)],
    ['news', owned(undefined, undefined, false)],
    ['users/john', owned(undefined, '/', false)],
    ['user/', owned(undefined, '/', false)],
    ['user//john', owned(undefined, '/', false)],
    ['user.', owned(undefined, undefined, false)],
    ['User/john', owned(undefined, '/', false)],
    ['user.news/Sub', owned(undefined, '/', false)],
    ['shared/user/john', owned(undefined, '/', false)],
    ['hello there!user.john', owned(undefined, undefined, false)],
    ['INBOX', owned(undefined, undefined, true)],
    // A letter beyond ASCII whose upper case is I.
    ['\u0131nbox', owned(undefined, undefined, false)],
  ])('%s', (mailbox, expected) => {
    expect(mailboxOf({ host: 'h', mailbox })).toEqual({ name: mailbox, ...expected });
  });

  it.each<[string, Omit<MailboxName, 'name'>]>([
    ['INBOX', owned('john@example.org', undefined, true)],
    ['Inbox', owned('john@example.org', undefined, true)],
    ['INBOX.Sub', owned('john@example.org', '.', false)],
    ['INBOX/Sub', owned('john@example.org', '/', false)],
    ['Testfolder', owned('john@example.org', undefined, false)],
    ['A.B', owned('john@example.org', undefined, false)],
    ['A/B', owned('john@example.org', '/', false)],
    // Another user's mailbox keeps its owner.
    ['user/jane/Sub', owned('jane', '/', false)],
  ])('%s in the view of a user', (mailbox, expected) => {
    expect(mailboxOf({ host: 'h', user: 'john@example.org', mailbox })).toEqual({ name: mailbox, ...expected });
  });

  it('is none where the URL ends above the users’ mailboxes, as those of timsieved in Cyrus 3.10 do', () => {
    expect(mailboxOf({ host: 'h', mailbox: 'user', uidvalidity: 7 })).toBeUndefined();
    expect(mailboxOf({ host: 'h', user: 'john', mailbox: 'user' })).toMatchObject({ name: 'user', owner: 'john' });
    expect(mailboxOf({ host: 'h', mailbox: 'User' })).toMatchObject({ name: 'User' });
  });

  it.each(['user/jane/Sub', 'user.jane', 'example.org!user.jane', 'INBOX/user/jane'])(
    '%s is its user’s, where all names are those that users give',
    (mailbox) => {
      expect(mailboxOf({ host: 'h', user: 'john', mailbox }, 'user')).toMatchObject({ name: mailbox, owner: 'john' });
    },
  );

  it('is none when the URL names a server', () => {
    expect(mailboxOf({ host: 'h' })).toBeUndefined();
    expect(mailboxOf({ host: 'h', user: 'john' })).toBeUndefined();
  });
});
