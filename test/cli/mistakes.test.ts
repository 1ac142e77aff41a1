/** Mistakes that administrators made, and what `belfry check` says of each: the place, what is wrong in their words, what to write. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchDirectory } from '../os/scratch.ts';
import { said } from './said.ts';

const directory = scratchDirectory();
const file = join(directory, 'belfry.conf');
const webhook = ['notifiers: crm', 'crm_method: webhook'];
const crm = [...webhook, 'crm_webhook_url: https://h/'];
const variable = ['$', '{CRM_URL}'].join('');

async function mistakes(...lines: readonly string[]): Promise<readonly string[]> {
  const all = [...lines, `configdirectory: ${directory}`, `notifysocket: ${join(directory, 's')}`];
  writeFileSync(file, all.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  writeFileSync(join(directory, 'imapd.conf'), `event_notifier: x\nnotifysocket: ${join(directory, 's')}\n`);
  const { err } = await said(['check', '-C', file, '--imapd-conf', join(directory, 'imapd.conf')]);
  const own = err.split('\n').filter((line) => line.startsWith(`${file}:`));
  return own.map((line) => line.slice(file.length + 1).replace(/\d+ words/, 'N words'));
}

/** The lines, and all that is said of them: nothing that follows from the same mistake. */
it.each([
  [['notifiers: "crm"', ...crm.slice(1)], ['1: error: notifiers: names stand without quotes (write notifiers: crm)']],
  [
    ['notifiers: crm, audit', ...crm.slice(1), 'audit_method: log'],
    ['1: error: notifiers: names are separated by spaces, not commas (write notifiers: crm audit)'],
  ],
  [
    ['notifiers: "crm", "audit"', ...crm.slice(1), 'audit_method: log'],
    [
      '1: error: notifiers: names are separated by spaces, not commas (write notifiers: crm audit)',
      '1: error: notifiers: names stand without quotes (write notifiers: crm audit)',
    ],
  ],
  [[...webhook, 'crm_webhook_url: "https://h/"'], ['3: error: crm_webhook_url: values stand without quotes']],
  [
    [...webhook, `crm_webhook_url: ${variable}`],
    ['3: error: crm_webhook_url: no variables are replaced in this file: write the value itself'],
  ],
  [
    [...webhook, 'crm_webhook_url: https://h:99999/hush'],
    ['3: error: crm_webhook_url: this is not a URL: the port 99999 is above 65535'],
  ],
  [
    [...webhook, 'crm_webhook_url: h/hush'],
    ['3: error: crm_webhook_url: this is not a URL: write it whole, like https://host/path'],
  ],
  [
    [...crm, 'crm_retry_for: 1d  # a day'],
    ['4: error: crm_retry_for: everything after the colon is the value: a comment needs a line of its own'],
  ],
  [
    [...crm, 'crm_events: MessageNew # only new'],
    ['4: error: crm_events: everything after the colon is the value: a comment needs a line of its own'],
  ],
  [
    ['servername: h # us'],
    ['1: warning: servername: everything after the colon is the value: a comment needs a line of its own'],
  ],
  [
    [...crm, 'crm_retry_schedule: 5s, 30s'],
    ['4: error: crm_retry_schedule: the parts of a list are separated by spaces, not commas'],
  ],
  [
    [...crm, 'crm_users: john, mary'],
    ['4: warning: crm_users: the parts of a list are separated by spaces, not commas'],
  ],
  [
    [...crm, 'crm_events: MessageNew, MessageAppend'],
    ['4: warning: crm_events: the parts of a list are separated by spaces, not commas'],
  ],
  [[...crm, 'crm_retry_for: 1w', 'crm_retry_schedule: 5min', 'breaker_pause: 1500ms', 'rate_limit: 100/sec'], []],
  [['spool_max_size: 1.5G'], []],
  [
    [...crm, 'crm_events: NewMessage'],
    ['4: warning: crm_events: no event and no group is called "NewMessage" (did you mean MessageNew?)'],
  ],
  [
    [...crm, 'crm_events: Foo'],
    ['4: warning: crm_events: no event and no group is called "Foo" (belfry events lists them)'],
  ],
  [
    [...crm, 'crm_events: vnd.acme.Thing MailboxUnsubscribe messages', 'event_groups: message subscription'],
    ['4: warning: crm_events: no event and no group is called "messages" (did you mean message?)'],
  ],
  [
    [...crm, 'crm_events: Message*'],
    [
      '4: warning: crm_events: names of events have no wildcards (the group message has MessageAppend MessageExpire MessageExpunge MessageNew vnd.cmu.MessageCopy vnd.cmu.MessageMove)',
    ],
  ],
  [
    [...crm, 'crm_events: QuotaExceed'],
    ['4: warning: crm_events: no event can pass: event_groups lacks quota (add quota to event_groups)'],
  ],
  [
    [...crm, 'crm_events: MessageNew Login', 'crm_event_groups: flags message'],
    ['4: warning: crm_events: Login never passes: crm_event_groups lacks access (add access to crm_event_groups)'],
  ],
  [[...crm, 'crm_events: QuotaExceed', 'crm_classes: MAIL'], []],
  [[...crm, 'crm_classes: EVNET'], ['4: warning: crm_classes: "EVNET" is no class of Cyrus (did you mean EVENT?)']],
  [
    ['notifiers: my_crm', 'my_crm_method: webhook', 'my_crm_webhook_url: https://h/'],
    [
      '1: error: notifiers: "my_crm" cannot be the name of a notifier: it must be letters, digits and -, and begin with a letter: write my-crm',
    ],
  ],
  [
    [...crm, 'crm_webhook_headers: x'],
    [
      '4: error: crm_webhook_headers: the notifier crm has no option of this name (method webhook has: url, authorization, sort_keys)',
    ],
  ],
  [
    ['notifiers: m', 'm_method: mailto', 'mailto_smtp_host: localhost'],
    ['2: warning: m_mailto_to: m has no recipient, so that every event becomes a dead letter (set m_mailto_to)'],
  ],
  [['notifiers: m', 'm_method: mailto', 'mailto_smtp_host: localhost', 'm_classes: SIEVE'], []],
  [
    [
      'notifiers: m',
      'm_method: mailto',
      'mailto_smtp_host: localhost',
      'm_mailto_to: a@b.c',
      'm_mailto_subject: New mail for %u, 100% sure',
    ],
    ['5: warning: m_mailto_subject: a % has no meaning here (names in braces are filled in, like {user} or {mailbox})'],
  ],
  [
    [...webhook, 'crm_webhook_url: https://h/{user}'],
    [
      '3: warning: crm_webhook_url: it contains a % or a brace, but belfry replaces nothing in a URL (the user and the mailbox are in the event; a % is written %25)',
    ],
  ],
  [
    [...webhook, 'crm_webhook_url: https://u:p@h/', 'crm_webhook_authorization: x'],
    ['4: error: crm_webhook_authorization: the URL holds a user or a password, too (leave one of them out)'],
  ],
  [
    [
      'notifiers: m',
      'm_method: mailto',
      'm_mailto_to: a@b.c',
      'mailto_smtp_host: localhost',
      'postmaster: Post Master',
    ],
    ['5: error: postmaster: "Post Master" is no address (write one like postmaster@example.org, or set mailto_sender)'],
  ],
  [
    ['notifiers: a', 'a_method: webhok', 'default_notifiers: a', 'event_notifier: a'],
    ['2: error: a_method: "webhok" is no method (did you mean webhook?)'],
  ],
  [
    ['notifiers: a', 'a_method: webhook', 'default_notifiers: a'],
    ['2: error: a_webhook_url: it is missing (for example https://crm.example.org/hooks/mail)'],
  ],
  [
    ['event_extra_params: subject'],
    ['1: error: event_extra_params: "subject" is not one of the N words that may stand here: see belfry.conf(5)'],
  ],
  [
    ['event_extra_params: timestmp'],
    [
      '1: error: event_extra_params: "timestmp" is not one of the N words that may stand here: did you mean timestamp? see belfry.conf(5)',
    ],
  ],
])('%j', async (lines, expected) => {
  expect(await mistakes(...lines)).toEqual(expected);
});

it('an abstract socket is open to everybody', async () => {
  writeFileSync(file, `configdirectory: ${directory}\nnotifysocket: @notify\n`, { mode: 0o600 });
  const { err } = await said(['check', '-C', file, '--imapd-conf', file]);
  expect(err).toBe(
    `${file}:2: warning: notifysocket: every user of this machine can send to the abstract socket @notify: it has no mode and no group (use the path of a file, with notifysocket_mode and notifysocket_group)\n`,
  );
});

it('a secret URL is shown as far as it is none', async () => {
  writeFileSync(
    file,
    `configdirectory: ${directory}\n${crm.slice(0, 2).join('\n')}\ncrm_webhook_url: https://u:p@h:1/hush?q\n`,
  );
  const { out } = await said(['check', '-C', file, '-n', '--imapd-conf', file]);
  expect(out).toMatch(/crm_webhook_url +https:\/\/h:1\/… \(secret\) /);
  expect(out).not.toMatch(/hush|u:p/);
});

it('no configuration, or one that is none, says what to do', async () => {
  const absent = join(directory, 'absent');
  expect(await said(['check', '-C', absent])).toMatchObject({
    status: 66,
    err: expect.stringMatching(
      /absent: the file does not exist; create it \(see belfry\.conf\(5\)\) or name another with -C/,
    ),
  });
  mkdirSync(absent);
  expect((await said(['check', '-C', absent])).err).toMatch(/it is a directory; name the file in it with -C/);
  rmSync(absent, { recursive: true });
});
