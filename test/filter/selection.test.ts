import { describe, expect, it } from 'vitest';
import { type Choice, compileSelection, type Subject } from '../../src/filter/selection.ts';
import { mailbox } from './samples.ts';

const event = (type: string, mailboxName?: string, user = ''): Subject => ({
  class: 'EVENT',
  event: type,
  mailbox: mailboxName === undefined ? undefined : mailbox(mailboxName),
  user,
});
const mail: Subject = {
  class: 'MAIL',
  mailbox: { name: 'INBOX', owner: 'john', separator: undefined, inbox: true },
  user: 'john',
};
const imip: Subject = { class: 'IMIP', user: 'john' };
const custom: Subject = { class: 'custom', user: '' };

const heldBy = (choice: Omit<Choice, 'name'>, subject: Subject): string | undefined =>
  compileSelection({ name: 'crm', ...choice })(subject)?.option;

describe('the choice of a notifier', () => {
  it.each([event('MessageNew', 'user/john'), event('Login'), mail, imip, custom])(
    'is everything when nothing is set',
    (one) => {
      expect(heldBy({}, one)).toBeUndefined();
    },
  );

  it.each<[readonly string[], Subject, boolean]>([
    [['MessageNew'], event('MessageNew'), true],
    [['messagenew'], event('MessageNew'), true],
    [['MessageNew'], event('messageNew'), true],
    [['MessageNew'], event('MessageAppend'), false],
    [['message'], event('vnd.cmu.MessageMove'), true],
    [['Message', 'Login'], event('Login'), true],
    [['message', 'Login'], event('Logout'), false],
    [['access'], event('AclChange'), true],
    [['mailbox'], event('AclChange'), true],
    [['flags'], event('AclChange'), false],
    [['subscription'], event('MailboxUnsubscribe'), true],
    [['vnd.example.Other'], event('vnd.example.other'), true],
    [['message'], event('vnd.example.Other'), false],
    [['constructor'], event('MessageNew'), false],
    [['MessageNew'], mail, true],
    [['MessageNew'], imip, true],
  ])('events %j and %o: %s', (events, subject, chosen) => {
    expect(heldBy({ events }, subject)).toBe(chosen ? undefined : 'crm_events');
  });

  it.each<[readonly string[], Subject, boolean]>([
    [['INBOX'], event('MessageNew', 'user/john'), true],
    [['INBOX'], event('MessageNew', 'user/john/Sub'), false],
    [['user/john/*', 'INBOX'], event('MessageNew', 'user/john/Sub'), true],
    [['*'], event('MessageNew', 'user/john/Sub'), true],
    [['*'], event('Login'), false],
    [['INBOX'], mail, true],
    [['INBOX'], imip, false],
  ])('mailboxes %j and %o: %s', (mailboxes, subject, chosen) => {
    expect(heldBy({ mailboxes }, subject)).toBe(chosen ? undefined : 'crm_mailboxes');
  });

  it.each<[readonly string[], Subject, boolean]>([
    [['john'], event('Login', undefined, 'john'), true],
    [['john'], event('Login', undefined, 'jane'), false],
    [['john'], event('MailboxModseq', 'user/john/Sub'), true],
    [['john'], event('MessageAppend', 'user/john', 'cyrus'), true],
    [['cyrus'], event('MessageAppend', 'user/john', 'cyrus'), true],
    [['jane'], event('MessageAppend', 'user/john', 'cyrus'), false],
    [['*@example.org'], event('MailboxModseq', 'user/john@example.org'), true],
    [['*@example.org'], event('MailboxModseq', 'user/john'), false],
    [['*'], event('MailboxModseq', 'shared/news'), false],
    [['*'], event('MessageNew', 'shared/news', 'john'), true],
    [['john'], mail, true],
    [['john'], imip, true],
    [['*'], custom, false],
  ])('users %j and %o: %s', (users, subject, chosen) => {
    expect(heldBy({ users }, subject)).toBe(chosen ? undefined : 'crm_users');
  });

  it.each<[readonly string[], Subject, boolean]>([
    [['EVENT'], event('MessageNew'), true],
    [['event', 'mail'], mail, true],
    [['EVENT'], mail, false],
    [['CUSTOM'], custom, true],
    [['SIEVE'], imip, false],
  ])('classes %j and %o: %s', (classes, subject, chosen) => {
    expect(heldBy({ classes }, subject)).toBe(chosen ? undefined : 'crm_classes');
  });

  it('must be met in everything that is set', () => {
    const choice = { events: ['message'], mailboxes: ['INBOX'], users: ['john'], classes: ['EVENT'] };
    expect(heldBy(choice, event('MessageNew', 'user/john'))).toBeUndefined();
    expect(heldBy(choice, event('MessageNew', 'user/jane'))).toBe('crm_users');
    expect(heldBy(choice, event('MessageNew', 'user/john/Sub'))).toBe('crm_mailboxes');
    expect(heldBy(choice, event('Login', 'user/john'))).toBe('crm_events');
    expect(heldBy(choice, mail)).toBe('crm_classes');
  });

  it('says what it is, in a few words', () => {
    const users = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(compileSelection({ name: 'crm', users })(imip)).toEqual({
      option: 'crm_users',
      detail: expect.stringMatching(/ a b c d e …$/),
    });
    expect(compileSelection({ name: 'crm', events: ['Login'] })(event('Logout'))?.detail).toMatch(/ Login$/);
  });
});
