import { describe, expect, it } from 'vitest';
import { load, told } from './fixture.ts';

const crm = ['notifiers: crm audit', 'crm_method: webhook', 'crm_webhook_url: https://h/', 'audit_method: log'];

function judged(line: string): string | undefined {
  return told(load([...crm, line]).problems)[0]?.replace('5: ', '');
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
    expect(judged('belfry_admins: a')).toBe(
      'warning: belfry_admins: admins is an option of Cyrus that belfry does not use',
    );
  });
});

describe('that nobody knows is a warning', () => {
  it.each([
    ['event_grups: x', 'event_grups: unknown option (did you mean event_groups?)'],
    ['allowplaintxt: x', 'allowplaintxt: unknown option'],
    ['colour: x', 'colour: unknown option'],
    ['constructor: x', 'constructor: unknown option'],
    ['__proto__: x', '__proto__: unknown option'],
    ['method: log', 'method: the name of the notifier is missing (write NAME_method)'],
    [
      'belfy_event_groups: x',
      'belfy_event_groups: it means the service belfy of Cyrus (did you mean belfry_event_groups?)',
    ],
    [
      'adit_event_groups: x',
      'adit_event_groups: it means the service adit of Cyrus (did you mean audit_event_groups?)',
    ],
    ['old_webhook_url: x', 'old_webhook_url: old is not listed in notifiers (list it there, or remove this line)'],
    ['adit_events: x', 'adit_events: adit is not listed in notifiers (did you mean audit_events?)'],
  ])('%s', (line, message) => expect(judged(line)).toBe(`warning: ${message}`));
});

describe('that can only be meant for belfry is an error', () => {
  it.each([
    ['belfry_event_grups: x', 'belfry_event_grups: unknown option (did you mean belfry_event_groups?)'],
    ['belfry_colour: x', 'belfry_colour: unknown option'],
    ['belfry_old_events: x', 'belfry_old_events: old is not listed in notifiers (list it there, or remove this line)'],
    ['crm_evnts: x', 'crm_evnts: the notifier crm has no option of this name (did you mean crm_events?)'],
    [
      'crm_constructor: x',
      'crm_constructor: the notifier crm has no option of this name (method webhook has: url, secret, pin)',
    ],
    ['crm_colour: x', 'crm_colour: the notifier crm has no option of this name (method webhook has: url, secret, pin)'],
    ['crm_url: x', 'crm_url: the notifier crm has no option of this name (did you mean crm_webhook_url?)'],
    ['crm_log_file: x', 'crm_log_file: this option belongs to the method log, but the method of crm is webhook'],
    ['belfry_crm_evnts: x', 'belfry_crm_evnts: the notifier crm has no option of this name (did you mean crm_events?)'],
    ['webhook_urll: x', 'webhook_urll: the method webhook has no option of this name (did you mean webhook_url?)'],
    ['null_x: x', 'null_x: the notifier null has no option of this name (method null has none)'],
    ['webhook_events: x', 'webhook_events: unknown notifier webhook (write crm_events)'],
    ['exec_events: x', 'exec_events: unknown notifier exec (list one in notifiers)'],
  ])('%s', (line, message) => expect(judged(line)).toBe(`error: ${message}`));
});

it('is not reported for a notifier whose name or method is wrong already', () => {
  const lines = ['notifiers: a belfry autocreate', 'a_method: wbhook', 'a_webhook_url: x', 'autocreate_events: x'];
  expect(told(load(lines).problems).map((line) => line.slice(0, 24))).toEqual([
    '1: error: notifiers: "be',
    '1: error: notifiers: "au',
    '2: error: a_method: "wbh',
  ]);
});

it('of a notifier whose method is missing is judged by what any notifier could have', () => {
  const lines = ['notifiers: crm', 'crm_methd: webhook', 'crm_webhook_urll: x', 'crm_webhook_url: https://h/'];
  expect(told(load(lines).problems)).toEqual([
    '1: error: notifiers: the notifier crm has no method (write crm_method: one of log mailto exec webhook null)',
    '2: error: crm_methd: no notifier has this option (did you mean crm_method?)',
    '3: error: crm_webhook_urll: no notifier has this option (did you mean crm_webhook_url?)',
  ]);
});
