import { describe, expect, it } from 'vitest';
import { cyrusOptionNames, cyrusPrefix, isCyrusOption, typoFor } from '../../src/config/cyrus-options.ts';
import { globalOptions } from '../../src/config/global-options.ts';
import { commonTable } from '../../src/config/table.ts';
import { methods } from '../../src/notifier/table.ts';

/** The options of belfry's table that are Cyrus' own and mean the same there. */
const obeyed = [
  'configdirectory',
  'event_content_inclusion_mode',
  'event_content_size',
  'event_exclude_flags',
  'event_exclude_specialuse',
  'event_extra_params',
  'event_groups',
  'event_notifier',
  'imipnotifier',
  'mailnotifier',
  'notify_external',
  'notifysocket',
  'postmaster',
  'sendmail',
  'servername',
  'sievenotifier',
];

it('knows each name once, and the names are names', () => {
  expect(new Set(cyrusOptionNames).size).toBe(cyrusOptionNames.length);
  expect(cyrusOptionNames.length).toBeGreaterThan(590);
  for (const name of cyrusOptionNames) expect(name).toMatch(/^[a-z][a-z0-9_-]*$/);
});

it('shares with belfry exactly the options that belfry obeys', () => {
  const shared = [...commonTable(methods).keys()].filter((name) => isCyrusOption(name));
  expect(shared.sort()).toEqual(obeyed);
  for (const name of obeyed) expect(globalOptions).toHaveProperty(name);
});

describe('names', () => {
  it.each([
    'allowplaintext',
    'tls_require_cert',
    'newsspool',
    'partition-default',
    'metapartition-a',
    'sasl_mech_list',
  ])('takes %s for one of Cyrus', (name) => expect(isCyrusOption(name)).toBe(true));
  it.each(['t1searchpartition-default', 'archivepartition-x', 'backuppartition-x', 'xlist-junk', 'sasl_ldapdb_uri'])(
    'takes %s for a member of a family',
    (name) => expect(isCyrusOption(name)).toBe(true),
  );
  it.each(['partition-', 'sasl_', 'event_group', 'partition_default', 'notifiers'])('does not know %s', (name) =>
    expect(isCyrusOption(name)).toBe(false),
  );
});

describe('prefixes', () => {
  it.each([
    ['imap_admins', 'imap'],
    ['my_service_tls_server_cert', 'my_service'],
    ['west_sync_host', 'west'],
    ['lmtp_sasl_mech_list', 'lmtp'],
    ['imap_partition-default', 'imap'],
    ['backend1_password', 'backend1'],
    ['backend1_client_cert', 'backend1'],
  ])('of %s is %s', (name, prefix) => expect(cyrusPrefix(name)).toBe(prefix));

  it.each(['imap_', 'imap', '_admins', 'crm_webhook_url', 'a_b_password'])('%s has none', (name) =>
    expect(cyrusPrefix(name)).toBeUndefined(),
  );

  it('may be slips, unless they are names that services have', () => {
    expect(typoFor('belfy', ['belfry', 'crm'])).toBe('belfry');
    expect(typoFor('imaps', ['belfry', 'imapx'])).toBeUndefined();
    expect(typoFor('west', ['belfry', 'crm'])).toBeUndefined();
  });
});
