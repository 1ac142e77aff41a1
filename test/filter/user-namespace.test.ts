import { describe, expect, it } from 'vitest';
import { inboxLength, ownersViews } from '../../src/filter/user-namespace.ts';
import { mailbox } from './samples.ts';

describe("the owner's view of a mailbox", () => {
  it.each([
    ['user/j.doe', ['INBOX']],
    ['user/j.doe@example.org', ['INBOX']],
    ['user.j^doe', ['INBOX']],
    ['example.org!user.j^doe', ['INBOX']],
    ['user/j.doe/Sub', ['INBOX/Sub']],
    ['user/j.doe/Sub/sub', ['INBOX/Sub/sub']],
    ['user.j^doe.Sub', ['INBOX.Sub']],
    ['user/j.doe/Sub@example.org', ['INBOX/Sub']],
    ['user/j.doe@example.org/Sub', ['INBOX/Sub']],
    ['user/j.doe@example.org/Sub@example.org', ['INBOX/Sub@example.org']],
    ['user/j.doe/plus@x', ['INBOX/plus@x']],
    ['user.j^doe.Sub@example.org', ['INBOX.Sub']],
    ['user.j^doe@example.org.Sub', ['INBOX.Sub']],
    ['user.j^doe@example^org.Sub', ['INBOX.Sub']],
    ['example.org!user.j^doe.Sub', ['INBOX.Sub']],
    ['user/john/user/john/Sub', ['INBOX/user/john/Sub']],
    ['shared/news', []],
  ])('%s is %j', (name, views) => {
    expect(ownersViews(mailbox(name))).toEqual(views);
  });

  it.each([
    ['INBOX', ['INBOX']],
    ['inbox', ['INBOX']],
    ['INBOX.Sub', []],
    ['Inbox/Sub', []],
    ['Sub', ['INBOX/Sub', 'INBOX.Sub']],
    ['Sub/sub', ['INBOX/Sub/sub']],
    ['user/jane/Sub', ['INBOX/Sub']],
  ])('%s of a user who is named elsewhere is %j', (name, views) => {
    expect(ownersViews(mailbox(name, 'john'))).toEqual(views);
  });

  it('is the whole name below INBOX when the name does not hold the owner', () => {
    const johnny = { name: 'user/johnny/x', owner: 'john', separator: '/', inbox: false } as const;
    expect(ownersViews(johnny)).toEqual(['INBOX/user/johnny/x']);
    expect(ownersViews({ name: 'user/jane/x', owner: 'john', separator: '/', inbox: false })).toEqual([
      'INBOX/user/jane/x',
    ]);
  });
});

describe('a first level INBOX', () => {
  it.each([
    ['INBOX', '/', 5],
    ['inBox/a', '/', 5],
    ['inbox.a', '/', 0],
    ['inbox.a', '.', 5],
    ['inbox.a', undefined, 5],
    ['inbox/a', undefined, 5],
    ['inboxes', undefined, 0],
    ['inbo', '/', 0],
    ['', '/', 0],
  ] as const)('of %s, separated by %s, has the length %d', (name, separator, length) => {
    expect(inboxLength(name, separator)).toBe(length);
  });
});
