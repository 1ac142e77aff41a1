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
