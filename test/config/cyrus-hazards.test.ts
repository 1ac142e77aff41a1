import { describe, expect, it } from 'vitest';
import { cyrusHazards } from '../../src/config/cyrus-hazards.ts';
import { load, told } from './fixture.ts';

/** The options that are warned of. */
function hazards(...lines: readonly string[]): readonly string[] {
  const settings = ['event_notifier: log', ...lines].map((line, index) => {
    const [name = '', value = ''] = line.split(': ');
    return { name, value, file: 'imapd.conf', line: index + 1 };
  });
  return cyrusHazards(settings).map(({ line, option }) => `${line} ${option}`);
}

const everything = [
  'event_groups: message quota flags access jmap',
  'event_extra_params: messageContent vnd.fastmail.convExists',
  'event_exclude_flags: \\Seen',
  'event_content_inclusion_mode: body',
];

it('finds every setting that ends a Cyrus, with what to write instead', () => {
  const { configuration, problems } = load(['event_notifier: log', ...everything]);
  expect(configuration).toBeDefined();
  expect(told(problems)).toEqual([
    '2: warning: event_groups: with the group quota Cyrus aborts at every QuotaExceed and QuotaWithin, and at a QuotaChange without a limit on storage (remove quota, unless your Cyrus was built without assertions)',
    '2: warning: event_groups: a Cyrus before 3.8 does not start with the group jmap (remove jmap for an older Cyrus)',
    '3: warning: event_extra_params: with vnd.fastmail.convExists and the event_groups access quota Cyrus aborts, for access at every login (remove vnd.fastmail.convExists here, or access quota from event_groups)',
    '4: warning: event_exclude_flags: with the group flags Cyrus aborts when a client changes only excluded flags (write belfry_event_exclude_flags instead: Cyrus then reports all flags, and belfry removes these)',
    '5: warning: event_content_inclusion_mode: with messageContent in event_extra_params and the mode body Cyrus aborts at every MessageNew and MessageAppend (write belfry_event_content_inclusion_mode instead: Cyrus then sends the whole content, and belfry cuts it)',
  ]);
});

it('says nothing where Cyrus makes no events, or does not read the setting', () => {
  expect(told(load(everything).problems)).toEqual([]);
  const forBelfry = everything.map((line) => `belfry_${line}`);
  expect(told(load(['event_notifier: log', ...forBelfry]).problems)).toEqual([]);
});

describe('needs all that it takes', () => {
  it.each([
    [['event_groups: message mailbox']],
    [['event_extra_params: vnd.fastmail.counters']],
    [['event_extra_params: vnd.fastmail.counters', 'event_groups: message flags']],
    [['event_groups: access', 'event_extra_params: timestamp']],
    [['event_exclude_flags: \\Seen']],
    [['event_groups: flags']],
    [['event_content_inclusion_mode: body']],
    [['event_extra_params: messageContent', 'event_content_inclusion_mode: body', 'event_groups: flags']],
  ])('%j is harmless', (lines) => expect(hazards(...lines)).toEqual([]));

  it.each([
    [['event_extra_params: vnd.fastmail.jmapStates', 'event_groups: subscription'], ['2 event_extra_params']],
    [['event_exclude_flags: \\Seen', 'event_groups: flags'], ['2 event_exclude_flags']],
    [
      ['event_content_inclusion_mode: header', 'event_extra_params: messageContent'],
      ['2 event_content_inclusion_mode'],
    ],
    [['event_groups: quota'], ['2 event_groups']],
  ])('%j is not', (lines, found) => expect(hazards(...lines)).toEqual(found));
});

it('warns of messages that make an event longer than Cyrus can send', () => {
  expect(hazards('event_extra_params: messageContent')).toEqual(['2 event_extra_params']);
  expect(hazards('event_extra_params: messageContent', 'event_content_size: 1M')).toEqual(['2 event_extra_params']);
  expect(hazards('event_extra_params: messageContent', 'event_content_size: 12K')).toEqual([]);
});
