/**
 * Mistakes that administrators made, and what `belfry check` says of each: the place, what is wrong in their words, what to
 * write. mistakes.txt pins it; `UPDATE=1` writes that file.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { said } from '../cli/said.ts';
import { scratchDirectory } from '../os/scratch.ts';

const pinned = join(import.meta.dirname, 'mistakes.txt');
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

const examples: readonly (readonly string[])[] = [
  ['notifiers: "crm"', ...crm.slice(1)],
  ['notifiers: crm, audit', ...crm.slice(1), 'audit_method: log'],
  ['notifiers: "crm", "audit"', ...crm.slice(1), 'audit_method: log'],
  [...webhook, 'crm_webhook_url: "https://h/"'],
  [...webhook, `crm_webhook_url: ${variable}`],
  [...webhook, 'crm_webhook_url: https://h:99999/hush'],
  [...webhook, 'crm_webhook_url: h/hush'],
  [...crm, 'crm_retry_for: 1d  # a day'],
  [...crm, 'crm_events: MessageNew # only new'],
  ['servername: h # us'],
  [...crm, 'crm_retry_schedule: 5s, 30s'],
  [...crm, 'crm_users: john, mary'],
  [...crm, 'crm_events: MessageNew, MessageAppend'],
  [...crm, 'crm_retry_for: 1w', 'crm_retry_schedule: 5min', 'breaker_pause: 1500ms', 'rate_limit: 100/sec'],
  ['spool_max_size: 1.5G'],
  [...crm, 'crm_events: NewMessage'],
  [...crm, 'crm_events: Foo'],
  [...crm, 'crm_events: vnd.acme.Thing MailboxUnsubscribe messages', 'event_groups: message subscription'],
  [...crm, 'crm_events: Message*'],
  [...crm, 'crm_events: QuotaExceed'],
  [...crm, 'crm_events: MessageNew Login', 'crm_event_groups: flags message'],
  [...crm, 'crm_events: QuotaExceed', 'crm_classes: MAIL'],
  [...crm, 'crm_classes: EVNET'],
  ['notifiers: my_crm', 'my_crm_method: webhook', 'my_crm_webhook_url: https://h/'],
  [...crm, 'crm_webhook_headers: x'],
  [...crm, 'crm_webhook_headers: "Authorization: Bearer x"'],
  [...crm, 'crm_webhook_token: Bearer x'],
  [...crm, 'crm_when: has(event.vnd.cmu.midset)'],
  ['notifers: crm', ...crm.slice(1)],
  ['notifiers: m', 'm_method: mailto', 'mailto_smtp_host: localhost'],
  ['notifiers: m', 'm_method: mailto', 'mailto_smtp_host: localhost', 'm_classes: SIEVE'],
  [
    'notifiers: m',
    'm_method: mailto',
    'mailto_smtp_host: localhost',
    'm_mailto_to: a@b.c',
    'm_mailto_subject: New mail for %u, 100% sure',
  ],
  [...webhook, 'crm_webhook_url: https://h/{user}'],
  [...webhook, 'crm_webhook_url: https://u:p@h/', 'crm_webhook_authorization: x'],
  ['notifiers: m', 'm_method: mailto', 'm_mailto_to: a@b.c', 'mailto_smtp_host: localhost', 'postmaster: Post Master'],
  ['notifiers: a', 'a_method: webhok', 'default_notifiers: a', 'event_notifier: a'],
  ['notifiers: a', 'a_method: webhook', 'default_notifiers: a'],
  ['event_extra_params: subject'],
  ['event_extra_params: timestmp'],
];

it('all that is said of each is what its file has, and nothing that follows from the same mistake', async () => {
  let text = '';
  for (const lines of examples) {
    const found = await mistakes(...lines);
    text += [...lines, ...found.map((line) => `    ${line}`), '', ''].join('\n');
  }
  if (process.env['UPDATE']) writeFileSync(pinned, text);
  expect(text).toBe(readFileSync(pinned, 'utf8'));
});

it('an abstract socket is open to everybody', async () => {
  writeFileSync(file, `configdirectory: ${directory}\nnotifysocket: @notify\n`, { mode: 0o600 });
  const { err } = await said(['check', '-C', file, '--imapd-conf', file]);
  expect(err).toMatch(/:2: warning: notifysocket: .*@notify.*notifysocket_mode.*\n$/);
  expect(err.startsWith(`${file}:2: `)).toBe(true);
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
    err: expect.stringMatching(/absent: .*belfry\.conf\(5\).* -C/),
  });
  mkdirSync(absent);
  expect((await said(['check', '-C', absent])).err).toMatch(/directory.* -C/);
  rmSync(absent, { recursive: true });
});
