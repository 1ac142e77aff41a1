import { describe, expect, it } from 'vitest';
import { factsOfProblems, load } from './fixture.ts';

const crm = ['notifiers: crm audit', 'crm_method: webhook', 'crm_webhook_url: https://h/', 'audit_method: log'];

function judged(line: string): string | undefined {
  return factsOfProblems(load([...crm, line]).problems)[0]?.replace('5: ', '');
}

describe('of Cyrus', () => {
  it.each([
    'allowplaintext: yes',
    'partition-default: /x',
    'imap_admins: a',
    'west_sync_host: b',
    'sasl_x: y',
    'crm_sync_host: c',
    'imap_event_groups: d',
  ])('%s is accepted in silence', (line) => expect(judged(line)).toBeUndefined());

  it('is of no use with the service prefix', () => {
    expect(judged('belfry_admins: a')).toBe('warning: belfry_admins:');
  });
});

describe('that nobody knows is a warning', () => {
  it.each([
    ['event_grups: x', 'event_grups: event_groups?'],
    ['allowplaintxt: x', 'allowplaintxt:'],
    ['colour: x', 'colour:'],
    ['constructor: x', 'constructor:'],
    ['__proto__: x', '__proto__:'],
    ['method: log', 'method: NAME_method'],
    ['belfy_event_groups: x', 'belfy_event_groups: belfry_event_groups?'],
    ['adit_event_groups: x', 'adit_event_groups: audit_event_groups?'],
    ['old_webhook_url: x', 'old_webhook_url:'],
    ['adit_events: x', 'adit_events: audit_events?'],
  ])('%s', (line, message) => expect(judged(line)).toBe(`warning: ${message}`));
});

describe('that can only be meant for belfry is an error', () => {
  it.each([
    ['belfry_event_grups: x', 'belfry_event_grups: belfry_event_groups?'],
    ['belfry_colour: x', 'belfry_colour:'],
    ['belfry_old_events: x', 'belfry_old_events:'],
    ['crm_evnts: x', 'crm_evnts: crm_events?'],
    ['crm_constructor: x', 'crm_constructor: key_file'],
    ['crm_colour: x', 'crm_colour: key_file'],
    ['crm_url: x', 'crm_url: crm_webhook_url?'],
    ['crm_log_file: x', 'crm_log_file:'],
    ['belfry_crm_evnts: x', 'belfry_crm_evnts: crm_events?'],
    ['webhook_urll: x', 'webhook_urll: webhook_url?'],
    ['null_x: x', 'null_x:'],
    ['webhook_events: x', 'webhook_events: crm_events'],
    ['exec_events: x', 'exec_events:'],
  ])('%s', (line, message) => expect(judged(line)).toBe(`error: ${message}`));
});

describe('that is nearly a vital one', () => {
  const first = (...lines: readonly string[]): string | undefined => factsOfProblems(load(lines).problems)[0];

  it.each([
    ['notifers: crm', 'notifers: notifiers?'],
    ['notifysockt: /run/x', 'notifysockt: notifysocket?'],
    ['http_lisen: 127.0.0.1:8090', 'http_lisen: http_listen?'],
  ])('%s is an error where that one is not written', (line, message) => {
    expect(first(line)).toBe(`1: error: ${message}`);
  });

  it('is a warning where it is', () => {
    expect(judged('notifers: x')).toBe('warning: notifers: notifiers?');
  });
});

it('is not reported for a notifier whose name or method is wrong already', () => {
  const lines = ['notifiers: a belfry autocreate', 'a_method: wbhook', 'a_webhook_url: x', 'autocreate_events: x'];
  expect(factsOfProblems(load(lines).problems)).toEqual([
    '1: error: notifiers: "belfry"',
    '1: error: notifiers: "autocreate" autocreate_users',
    '2: error: a_method: "wbhook" webhook?',
  ]);
});

it('of a notifier whose method is missing is judged by what any notifier could have', () => {
  const lines = ['notifiers: crm', 'crm_methd: webhook', 'crm_webhook_urll: x', 'crm_webhook_url: https://h/'];
  expect(factsOfProblems(load(lines).problems)).toEqual([
    '1: error: notifiers: crm_method',
    '2: error: crm_methd: crm_method?',
    '3: error: crm_webhook_urll: crm_webhook_url?',
  ]);
});
