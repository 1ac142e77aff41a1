import { expect, it } from 'vitest';
import { renderCheck, renderJson } from '../../src/cli/render-check.ts';
import { renderProblems } from '../../src/config/problem.ts';
import { load } from '../config/fixture.ts';
import { factsOfLine } from '../support/facts.ts';

it('prints every value in force with its source, in columns', () => {
  const lines = ['notifiers: crm', 'crm_method: webhook', 'crm_webhook_url: https://u:hush@h/', 'retry_for: 2d'];
  const text = renderCheck(load(lines));
  expect(text).toContain(`
Notifier crm (method webhook)
  crm_method                    webhook                                           belfry.conf:2
  crm_events                    (all)                                             default
  crm_mailboxes                 (all)                                             default
  crm_users                     (all)                                             default
  crm_classes                   (all)                                             default
  crm_when                      (all events)                                      default
  crm_content                   full                                              default
  crm_webhook_url               https://u:***@h/                                  belfry.conf:3
  crm_webhook_secret            (not set)                                         default
  crm_webhook_key               (none)                                            default
  crm_webhook_key_file          (none)                                            default
  crm_webhook_pin               (not set)                                         default
  crm_concurrency               4                                                 default
  crm_order                     mailbox                                           default
  crm_attempt_timeout           15s                                               default
  crm_retry_schedule            5s 30s 2m 10m 30m 1h 2h 4h 8h 12h                 default
  crm_retry_for                 2d                                                belfry.conf:4 (retry_for)
  crm_retry_after_max           24h                                               default
  crm_breaker_failures          5                                                 default
  crm_breaker_pause             5s                                                default
  crm_from                      end                                               default
  crm_throttle                  (no limit)                                        default
  crm_throttle_by               mailbox                                           default
  crm_debounce                  (each at once)                                    default
  crm_unless_read               (each at once)                                    default
  crm_rate_limit                (no limit)                                        default

Notifiers for requests
  that name no method                         crm
  from Sieve, at most                         mailto log null
  that name a built-in notifier               log mailto null

No mistakes: belfry can start with this configuration.
`);
  expect(text).not.toContain('hush');
});

it('wraps long values, shows inherited ones, and names the files', () => {
  const lines = [
    '@include: imapd.conf',
    'notifiers: mailto',
    'special_use: \\Junk=INBOX/Junk INBOX/Spam INBOX/Rubbish INBOX/Bulk',
  ];
  const text = renderCheck(load(lines, { 'imapd.conf': 'sendmail: /bin/sm\nadmins: cyrus\n' }));
  expect(text.split('\n').slice(0, 6)).toEqual([
    'Configuration belfry.conf',
    '     includes imapd.conf',
    '1 option of Cyrus ignored by belfry',
    '',
    'Daemon',
    '  configdirectory               /var/lib/belfry                                   default',
  ]);
  expect(text).toContain(`
  special_use                   \\Junk=INBOX/Junk INBOX/Spam INBOX/Rubbish         belfry.conf:3
                                INBOX/Bulk
`);
  expect(text).toContain(
    '  mailto_mailto_sendmail        /bin/sm                                           imapd.conf:1 (sendmail)\n',
  );
});

it('prints all mistakes, and counts them after what is in force', () => {
  const loaded = load(['log_level: loud', 'colour: red', 'no colon']);
  expect(renderProblems(loaded.problems).split('\n').map(factsOfLine)).toEqual([
    'belfry.conf:1: error: log_level: "loud"',
    'belfry.conf:2: warning: colour:',
    'belfry.conf:3: error: "no …" "name: value"',
    '',
  ]);
  const text = renderCheck(loaded);
  expect(text).toMatch(/\n\n2 errors, 1 warning: .*\.\n$/);
  expect(text).toContain(
    '  log_level                     loud                                              belfry.conf:1\n',
  );
  expect(text).not.toMatch(/^Notifiers for/m);
});

it('says that warnings alone do no harm', () => {
  expect(renderCheck(load(['colour: red']))).toMatch(/\n1 warning: .*\.\n$/);
});

it('prints nothing that could steer a terminal', () => {
  const { problems, ...rest } = load(['servername: a\u001b[2Jb\u202ec', '\u001b[2J: x', 'x\u0007: y']);
  for (const text of [renderCheck({ problems, ...rest }), renderProblems(problems)]) {
    expect(text).toContain('\\u{1b}[2J');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
});

it('prints only what is not a default', () => {
  const lines = ['notifiers: crm', 'crm_method: webhook', 'crm_webhook_url: https://u:hush@h/', 'retry_for: 2d'];
  expect(renderCheck(load(lines), true)).toBe(`Configuration belfry.conf

Requests
  notifiers        crm                                               belfry.conf:1

Notifier crm (method webhook)
  crm_method       webhook                                           belfry.conf:2
  crm_webhook_url  https://u:***@h/                                  belfry.conf:3
  crm_retry_for    2d                                                belfry.conf:4 (retry_for)

No mistakes: belfry can start with this configuration.
`);
});

it('prints one JSON object for programs', () => {
  const json = JSON.parse(renderJson(load(['log_level: loud', 'order: user'])));
  expect(json).toMatchObject({ ok: false, files: ['belfry.conf'] });
  expect(json.problems).toEqual([
    {
      severity: 'error',
      file: 'belfry.conf',
      line: 1,
      option: 'log_level',
      message: expect.stringContaining('"loud"'),
    },
  ]);
  expect(json.values).toContainEqual({
    section: 'Daemon',
    option: 'log_level',
    value: 'loud',
    source: { kind: 'file', file: 'belfry.conf', line: 1 },
  });
  expect(JSON.parse(renderJson(load(['order: user']), true)).values.length).toBeLessThan(3);
  expect(renderJson(load(['http_token: hush']))).not.toContain('hush');
});
