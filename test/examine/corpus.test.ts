/** All that a real Cyrus IMAP 3.10 and a real Dovecot 2.4 were seen to send, through the whole path of an entry. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RawRequest } from '../../src/base/request.ts';
import { splitDovecot } from '../../src/decode/dovecot/split.ts';
import { type Explanation, explainer } from '../../src/examine/explain.ts';
import { rulesOf } from './rules.ts';

const groups = 'message mailbox flags quota access subscription calendar applepushservice jmap';
const { parts, choosers } = await rulesOf(
  `unknown_events: reject\nevent_groups: ${groups}\nnotifiers: all boxes\nall_method: log\nboxes_method: log\n` +
    'boxes_mailboxes: *\nnotify_external: /bin/true\n',
);

const fixtures = new URL('../fixtures/', import.meta.url);

function explained(folder: string, format: RawRequest['format']): readonly (readonly [string, Explanation])[] {
  return readdirSync(new URL(folder, fixtures)).map((file) => {
    const bytes = readFileSync(new URL(`${folder}${file}`, fixtures));
    return [file.replace(/\.\w+$/, ''), explainer(parts, choosers)({ format, bytes })];
  });
}

const delivers = ({ notifiers }: Explanation): readonly string[] =>
  notifiers.filter((verdict) => verdict.delivers).map(({ notifier }) => notifier);
const barred = (explanation: Explanation): readonly string[] => [
  ...new Set(explanation.notifiers.map(({ reason }) => reason?.option ?? 'told')),
];

/** Of those that a Sieve script sends where it may not: they are filtered, and nothing else. */
const ofSieve = ['099-SIEVE', '100-SIEVE', '102-SIEVE', '190-SIEVE', '143-SIEVE', '145-SIEVE', '147-SIEVE'];

describe.each([
  ['cyrus-3.10/dgram/', 'datagram', 99],
  ['cyrus-3.10/dlist/', 'dlist', 70],
] as const)('every request in %s', (folder, format, atLeast) => {
  const all = explained(folder, format);

  it('is there', () => expect(all.length).toBeGreaterThan(atLeast));

  it.each(all)('%s can be used', (name, explanation) => {
    expect(explanation.flaw).toBeUndefined();
    expect(explanation.known ?? true).toBe(true);
    if (!ofSieve.includes(name)) expect(delivers(explanation)).not.toEqual([]);
  });
});

describe('an event of timsieved whose URL lacks the mailbox', () => {
  it.each([
    // Its method is external.
    ['056-MailboxModseq', ['exec']],
    ['126-MailboxModseq', ['all']],
  ])('%s goes to those who want events without one', (name, recipients) => {
    const [, explanation] = explained('cyrus-3.10/dgram/', 'datagram').find(([file]) => file === name) ?? [];
    if (explanation === undefined) throw new Error(`${name} is missing`);
    expect(explanation).not.toHaveProperty('mailbox');
    expect(delivers(explanation)).toEqual(recipients);
    if (recipients.includes('all')) expect(barred(explanation)).toContain('boxes_mailboxes');
  });

  it.each([
    ['Login', { user: 'john', serverDomain: 'h', serverPort: 143 }],
    ['Logout', { user: 'john', serverDomain: 'h' }],
    ['MailboxModseq', { mailboxID: 'not\n/an id' }],
    ['QuotaExceed', { user: 'john', diskQuota: 1, diskUsed: 2 }],
    ['QuotaWithin', { user: 'john', diskQuota: 2, diskUsed: 1 }],
    ['QuotaChange', { diskQuota: 1 }],
    ['MessagesUnscheduled', { userId: 'john', count: 1 }],
  ])('or any other broken one is of no harm to %s', (event, parameters) => {
    for (const uri of [
      '',
      'nonsense',
      'imap://',
      'imap://h/%ff',
      'imap://h;UIDVALIDITY=1',
      'imaps://h/x',
      'imap://h/a;b',
    ]) {
      const bytes = Buffer.from(JSON.stringify({ event, ...parameters, uri }));
      const explanation = explainer(parts, choosers)({ format: 'datagram', bytes });
      expect(explanation.flaw).toBeUndefined();
      expect(delivers(explanation)).toContain('all');
    }
  });
});

describe('the Sieve notifications of Cyrus 3.10', () => {
  it.each(ofSieve.slice(0, 4))('%s asks for what it may not have, and is filtered by sieve_notifiers', (name) => {
    const [, explanation] = explained('cyrus-3.10/dgram/', 'datagram').find(([file]) => file === name) ?? [];
    if (explanation === undefined) throw new Error(`${name} is missing`);
    expect(delivers(explanation)).toEqual([]);
    expect(barred(explanation)).toContain('sieve_notifiers');
  });
});

describe('the requests of Dovecot 2.4', () => {
  const folder = new URL('dovecot-2.4/', fixtures);
  const all = readdirSync(folder).map((file) => [file, readFileSync(new URL(file, folder))] as const);

  it.each(all)('%s can be used', (_file, request) => {
    const split = splitDovecot(request.subarray(request.indexOf('\r\n\r\n') + 4));
    if (!split.ok) throw new Error(split.problem.message);
    const explanations = split.value.parts.map(({ bytes }) => explainer(parts, choosers)({ format: 'dovecot', bytes }));
    expect(explanations.map(({ flaw }) => flaw)).toEqual(explanations.map(() => undefined));
    const used = explanations.filter(({ dropped }) => dropped === undefined);
    expect(used.map(delivers)).toEqual(used.map(() => ['all', 'boxes']));
    expect(used.length).toBeGreaterThan(0);
  });
});
