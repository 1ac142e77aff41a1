import { expect, it } from 'vitest';
import { load, told } from './fixture.ts';

it('warns of flags and attributes without their backslash', () => {
  expect(
    told(load(['event_exclude_flags: seen $Junk Later', 'event_exclude_specialuse: Junk ALL none']).problems),
  ).toEqual([
    '1: warning: event_exclude_flags: "seen" is not the flag \\Seen (did you mean \\Seen?)',
    '2: warning: event_exclude_specialuse: "Junk" is not the attribute \\Junk (did you mean \\Junk?)',
  ]);
});

it('warns of events that are nearly known, also of one notifier and with the prefix', () => {
  const lines = ['notifiers: log', 'events: MesageNew Flags vnd.acme.Thing', 'belfry_log_events: loginn login'];
  expect(told(load(lines).problems)).toEqual([
    '2: warning: events: no event and no group is called "MesageNew" (did you mean MessageNew?)',
    '3: warning: belfry_log_events: no event and no group is called "loginn" (did you mean Login?)',
    '3: warning: belfry_log_events: login never passes: event_groups lacks access (add access to event_groups)',
  ]);
});

it('says what names of mailboxes in modified UTF-7 are taken for', () => {
  const options = [
    'notifiers: b',
    'b_method: log',
    'b_mailboxes: INBOX/Entw&APw-rfe "INBOX/Gel&APY-schte Objekte" INBOX/R&D',
    'special_use: \\Junk=INBOX/Spam \\Drafts=INBOX/Entw&APw-rfe INBOX/Entwürfe',
    'mailboxes: user/*/R&-D',
  ];
  const saying = (line: number, option: string, written: string, name: string): string =>
    `${line}: warning: ${option}: "${written}" is in modified UTF-7 and taken for ${name} (write ${name})`;
  expect(told(load(options).problems)).toEqual([
    saying(3, 'b_mailboxes', 'INBOX/Entw&APw-rfe', 'INBOX/Entwürfe'),
    saying(3, 'b_mailboxes', 'INBOX/Gel&APY-schte Objekte', 'INBOX/Gelöschte Objekte'),
    saying(4, 'special_use', 'INBOX/Entw&APw-rfe', 'INBOX/Entwürfe'),
    saying(5, 'mailboxes', 'user/*/R&-D', 'user/*/R&D'),
  ]);
});
