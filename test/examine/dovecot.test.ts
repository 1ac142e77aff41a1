/** What nobody is told of because of how Dovecot tells it: counted as filtered, with the reason, for every notifier. */
import { describe, expect, it } from 'vitest';
import type { RawRequest } from '../../src/base/request.ts';
import { choose } from '../../src/examine/choose.ts';
import { examine } from '../../src/examine/examine.ts';
import { explainer } from '../../src/examine/explain.ts';
import type { Filter } from '../../src/filter/filter.ts';

const parts = {
  schemas: { validate: () => ({ ok: true, known: true }) as const, catalogue: () => [] },
  rejectUnknownEvents: false,
  routing: () => ({ names: new Set(['all']) }),
};
const filter: Filter = (event) => ({ pass: true, event, changes: [] });
const chooser = { name: 'all', order: 'mailbox', selection: () => undefined, filter } as const;

function requestWith(flags: readonly string[]): RawRequest {
  const about = { user: 'alice', event: 'flagsSet', folder: 'INBOX', 'imap-uidvalidity': 7, 'imap-uid': 1 };
  return { format: 'dovecot', bytes: Buffer.from(JSON.stringify({ ...about, flags })) };
}

describe('a notification of Dovecot', () => {
  it('that says nothing is filtered, with the reason, and not set aside', () => {
    const request = requestWith([]);
    const examined = examine(request, parts);
    const entry = { position: 1, id: 'ID1', receivedAt: 0, request };
    expect(examined.flaw).toBeUndefined();
    expect(choose(entry, examined, chooser, {})).toEqual({
      kind: 'filtered',
      reason: { option: 'dovecot', detail: 'an empty FlagsSet' },
    });
    expect(explainer(parts, [chooser])(request)).toMatchObject({ dropped: 'an empty FlagsSet', notifiers: [] });
  });

  it('is about a mailbox of its user, whatever the user calls it', () => {
    const body = { user: 'alice', event: 'MailboxCreate', folder: 'user/bob' };
    const examined = examine({ format: 'dovecot', bytes: Buffer.from(JSON.stringify(body)) }, parts);
    expect(examined.mailbox).toMatchObject({ name: 'user/bob', owner: 'alice' });
  });

  it('that was changed is explained', () => {
    const explanation = explainer(parts, [chooser])(requestWith(['\\Seen', '\\Flagged']));
    expect(explanation).toMatchObject({
      event: 'FlagsSet',
      changes: ['"flagsSet" is spelt FlagsSet', expect.stringMatching(/^flagNames: \\Seen .*MessageRead$/)],
      notifiers: [{ delivers: true, payload: { flagNames: '\\Flagged' } }],
    });
  });
});
