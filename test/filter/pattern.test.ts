import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailboxName } from '../../src/decode/mailbox.ts';
import { compileMailboxPatterns, compileUserPatterns } from '../../src/filter/pattern.ts';
import { mailbox } from './samples.ts';

const matches = (pattern: string, name: MailboxName): boolean =>
  compileMailboxPatterns([{ pattern, value: 1 }])(name).length > 0;

describe('patterns of mailboxes', () => {
  it.each([
    ['INBOX/Entw\u00fcrfe', 'user/john/Entw\u00fcrfe', true],
    ['INBOX/Entw\u00fcrfe', 'user/john/Entwu\u0308rfe', true],
    ['INBOX/Entwu\u0308rfe', 'user/john/Entw\u00fcrfe', true],
    ['INBOX/Entwu\u0308*', 'user/john/Entw\u00fcrfe', true],
    ['*\u00fcrfe', 'user/john/Entwu\u0308rfe', true],
    ['INBOX/Entw&APw-rfe', 'user/john/Entw\u00fcrfe', true],
    ['INBOX/Entw&APw-rfe', 'user/john/Entwu\u0308rfe', true],
    ['*/Entw&APw-%', 'user/john/Entw\u00fcrfe', true],
    ['INBOX/R&-D', 'user/john/R&D', true],
    ['INBOX/R&D', 'user/john/R&D', true],
    ['INBOX/Entwurfe', 'user/john/Entwu\u0308rfe', false],
    ['user/Zo\u00eb/*', 'user/Zoe\u0308/A', true],
  ])('%j and %j, in whatever form of Unicode: %s', (pattern, name, expected) => {
    expect(matches(pattern, mailbox(name))).toBe(expected);
  });

  it.each([
    // As the administrator sees them.
    ['user/john/Sub', 'user/john/Sub', true],
    ['user/john/Sub', 'user/john/sub', false],
    ['user/john', 'user/john', true],
    ['user/john', 'user/john/Sub', false],
    ['user/john/*', 'user/john/A/B', true],
    ['user/%', 'user/john', true],
    ['user/%', 'user/john/Sub', false],
    ['user.*.Junk', 'user.john.Junk', true],
    ['user.*.Junk', 'user/john/Junk', false],
    ['user.%', 'user.john^doe', true],
    ['user/*/Junk@example.org', 'user/john/Junk@example.org', true],
    ['shared/%', 'shared/news', true],
    ['*', 'shared/news', true],
    // As their owners do.
    ['INBOX', 'user/john', true],
    ['inbox', 'user.john', true],
    ['INBOX', 'user/john/INBOX', false],
    ['INBOX', 'shared/INBOX', false],
    ['INBOX/Sub', 'user/john/Sub', true],
    ['Inbox.Sub', 'user.john.Sub', true],
    ['INBOX/Sub', 'user.john.Sub', false],
    ['INBOX/Sub', 'user/john/Other/Sub', false],
    ['INBOX/*/Sub', 'user/john/Other/Sub', true],
    ['INBOX/%', 'user/john/Sub', true],
    ['INBOX/%', 'user/john/A/B', false],
    ['inb*', 'user/john', true],
    ['inbox*', 'user/john/Sub', true],
    ['INBOX/sub', 'user/john/Sub', false],
    // A folder cannot pass for another mailbox by its name.
    ['user/jane', 'user/john/user/jane', false],
    ['Sub', 'user/john/Sub', false],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matches(pattern, mailbox(name))).toBe(expected);
  });

  it.each([
    ['Junk', 'Junk', true],
    ['INBOX/Junk', 'Junk', true],
    ['INBOX.Junk', 'Junk', true],
    ['INBOX/Junk/%', 'Junk/a', true],
    ['INBOX.Junk', 'Inbox.Junk', true],
    ['INBOX', 'Inbox', true],
    ['inbox*', 'inboxes', true],
    ['INBOX*', 'INBOX', true],
  ])('%s and %s as Cyrus 2.5 and Dovecot name it, with the user elsewhere: %s', (pattern, name, expected) => {
    expect(matches(pattern, mailbox(name, 'alice'))).toBe(expected);
  });

  it('tell INBOX as a level from names that begin so', () => {
    expect(matches('INBOX*', mailbox('inboxes'))).toBe(false);
    expect(matches('inbox.a', { name: 'inbox.a', separator: '/', inbox: false })).toBe(true);
  });

  it('answer with the values of all that match, each once', () => {
    const lookUp = compileMailboxPatterns([
      { pattern: 'INBOX/Junk', value: 'owner' },
      { pattern: 'user/john/Junk', value: 'administrator' },
      { pattern: 'user/john/Junk', value: 'again' },
      { pattern: '*/Junk', value: 'both' },
      { pattern: 'INBOX/Sent', value: 'not' },
    ]);
    expect([...lookUp(mailbox('user/john/Junk'))].sort()).toEqual(['administrator', 'again', 'both', 'owner']);
    expect(lookUp(mailbox('user/john/__proto__'))).toEqual([]);
  });

  it('match every mailbox by its own name, when it holds no wildcard', () => {
    const level = fc.string({ unit: fc.constantFrom('a', 'INBOX', 'inbox', 'user', '^', 'ü', ' '), maxLength: 5 });
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 4 }), fc.constantFrom('/', '.'), (levels, separator) => {
        const name = { name: levels.join(separator), separator, inbox: false };
        expect(matches(name.name, name)).toBe(true);
        expect(matches('*', name)).toBe(true);
        expect(matches('%', name)).toBe(levels.length === 1);
      }),
    );
  });
});

describe('patterns of users', () => {
  it.each([
    [['john'], 'john', true],
    [['John@Example.org'], 'john@example.ORG', true],
    [['john'], 'johnny', false],
    [['*@example.org'], 'jane@EXAMPLE.org', true],
    [['*@example.org'], 'jane@example.org.evil', false],
    [['j*n@*'], 'john@example.org', true],
    [['a', 'b*', 'c'], 'c', true],
    [['a', 'b*', 'c'], 'bob', true],
    [['a', 'b*', 'c'], 'dave', false],
    [['john%example.org'], 'john%example.org', true],
    [['j%n'], 'john', false],
    [[], 'john', false],
    [['*'], '', true],
  ])('%j and %s: %s', (patterns, user, expected) => {
    expect(compileUserPatterns(patterns)(user)).toBe(expected);
  });
});
