import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mailboxOf, type Naming } from '../../src/decode/mailbox.ts';
import { pathOf } from '../../src/decode/mailbox-path.ts';

function path(mailbox: string, user?: string, naming: Naming = 'any'): readonly string[] {
  const name = mailboxOf({ host: 'h', mailbox, ...(user === undefined ? {} : { user }) }, naming);
  return name === undefined ? [] : pathOf(name, naming);
}

it.each<[string, readonly string[]]>([
  // The administrator's view, separator /
  ['user/john', ['INBOX']],
  ['user/john/Sub', ['Sub']],
  ['user/john/Sub/a.b', ['Sub', 'a.b']],
  ['user/john@example.org', ['INBOX']],
  ['user/john/Sub@example.org', ['Sub']],
  ['user/john/a@b/Sub@example.org', ['a@b', 'Sub']],
  ['user/john@example.org/Sub', ['Sub']],
  ['user/john@example.org/lists@example.net', ['lists@example.net']],
  ['user/john/plus+at@x', ['plus+at@x']],
  ['shared/lists/cyrus', ['shared', 'lists', 'cyrus']],
  // separator .
  ['user.john', ['INBOX']],
  ['user.john.Sub.Deep', ['Sub', 'Deep']],
  ['user.john^doe.Sub@mail.example.org', ['Sub']],
  ['user.john.a@x', ['a@x']],
  ['user.john@example.org', ['INBOX']],
  ['user.john@example.org.Sub', ['Sub']],
  ['user.john@example^org.Sub.b', ['Sub', 'b']],
  // The internal name
  ['example.org!user.john', ['INBOX']],
  ['example.org!user.john.Sub.b', ['Sub', 'b']],
  ['example.org!shared.lists', ['shared', 'lists']],
  // The separator is not known
  ['lists.cyrus', ['lists.cyrus']],
])('%s has the levels %j', (mailbox, levels) => {
  expect(path(mailbox)).toEqual(levels);
});

it("takes nothing off a name in the user's own view", () => {
  expect(path('user/jane/x', 'john', 'user')).toEqual(['user', 'jane', 'x']);
  expect(path('INBOX', 'john')).toEqual(['INBOX']);
  expect(path('inbox', 'john', 'user')).toEqual(['INBOX']);
  expect(path('Work/2026', 'john')).toEqual(['Work', '2026']);
});

it('answers at least one level for any name, and each level as it stands in the name', () => {
  const part = fc.oneof(
    fc.constantFrom('user', 'john', 'john@example.org', '.', '/', '!', '@', '^', 'a.b'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), fc.constantFrom('.', '/', ''), (parts, separator) => {
      const mailbox = parts.join(separator);
      const levels = path(mailbox);
      const named = mailboxOf({ host: 'h', mailbox });
      if (named === undefined) return;
      expect(levels.length).toBeGreaterThan(0);
      if (!named.inbox) expect(mailbox).toContain(levels.join(named.separator ?? ''));
    }),
  );
});
