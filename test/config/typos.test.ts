import { expect, it } from 'vitest';
import { factsOf } from '../support/facts.ts';
import { factsOfProblems, load } from './fixture.ts';

it('warns of flags and attributes without their backslash', () => {
  expect(
    factsOfProblems(
      load(['event_exclude_flags: seen $Junk Later', 'event_exclude_specialuse: Junk ALL none']).problems,
    ),
  ).toEqual([
    '1: warning: event_exclude_flags: "seen" \\Seen \\Seen?',
    '2: warning: event_exclude_specialuse: "Junk" \\Junk \\Junk?',
  ]);
});

it('warns of events that are nearly known, also of one notifier and with the prefix', () => {
  const lines = ['notifiers: log', 'events: MesageNew Flags vnd.acme.Thing', 'belfry_log_events: loginn login'];
  expect(factsOfProblems(load(lines).problems)).toEqual([
    '2: warning: events: "MesageNew" MessageNew?',
    '3: warning: belfry_log_events: "loginn" Login?',
    '3: warning: belfry_log_events: event_groups event_groups',
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
    `${line}: warning: ${option}: "${written}" ${factsOf(`UTF-7 ${name} ${name}`)}`;
  expect(factsOfProblems(load(options).problems)).toEqual([
    saying(3, 'b_mailboxes', 'INBOX/Entw&APw-rfe', 'INBOX/Entwürfe'),
    saying(3, 'b_mailboxes', 'INBOX/Gel&APY-schte Objekte', 'INBOX/Gelöschte Objekte'),
    saying(4, 'special_use', 'INBOX/Entw&APw-rfe', 'INBOX/Entwürfe'),
    saying(5, 'mailboxes', 'user/*/R&-D', 'user/*/R&D'),
  ]);
});
