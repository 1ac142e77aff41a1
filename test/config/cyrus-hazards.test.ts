import { describe, expect, it } from 'vitest';
import { cyrusHazards } from '../../src/config/cyrus-hazards.ts';
import { factsOfProblems, load } from './fixture.ts';

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
  expect(factsOfProblems(problems)).toEqual([
    '2: warning: event_groups: QuotaExceed QuotaWithin QuotaChange',
    '2: warning: event_groups: 3.8',
    '3: warning: event_extra_params: vnd.fastmail.convExists event_groups vnd.fastmail.convExists event_groups',
    '4: warning: event_exclude_flags: belfry_event_exclude_flags',
    '5: warning: event_content_inclusion_mode: messageContent event_extra_params MessageNew MessageAppend belfry_event_content_inclusion_mode',
  ]);
});

it('says nothing where Cyrus makes no events, or does not read the setting', () => {
  expect(factsOfProblems(load(everything).problems)).toEqual([]);
  const forBelfry = everything.map((line) => `belfry_${line}`);
  expect(factsOfProblems(load(['event_notifier: log', ...forBelfry]).problems)).toEqual([]);
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
