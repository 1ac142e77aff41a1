/** The configuration of a Dovecot 2.4 for the runs, in the words of the documentation of belfry. */
import { writeFile } from 'node:fs/promises';

interface Settings24 {
  /** A directory, as Dovecot sees it. */
  readonly state: string;
  readonly drivers: readonly string[];
  readonly ports: Readonly<Record<'IMAP_PORT' | 'LMTP_PORT', string>>;
  /** Of belfry.lua. */
  readonly options: Readonly<Record<string, string>>;
  readonly oxUrl: string;
  readonly script: string;
}

/** One block for each driver: Dovecot calls them in the order of their names, so these are numbered. */
function driverBlock(settings: Settings24, driver: string, number: number): readonly string[] {
  const { options, oxUrl, script } = settings;
  const name = `${number}-${driver}`;
  if (driver === 'ox') {
    return [
      `push_notification ${name} {`,
      '  driver = ox',
      `  push_notification_ox_url = ${oxUrl}`,
      '  http_client_request_absolute_timeout = 60s',
      '  http_client_request_max_attempts = 1',
      '}',
    ];
  }
  if (driver === 'lua') {
    return [
      `push_notification ${name} {`,
      '  driver = lua',
      `  lua_file = ${script}`,
      '  lua_settings {',
      ...Object.entries(options).map(([option, value]) => `    ${option} = ${value}`),
      '  }',
      '}',
    ];
  }
  return [`push_notification ${name} {`, `  driver = ${driver}`, '}'];
}

export function writeConfiguration24(file: string, settings: Settings24): Promise<void> {
  const { state, drivers, ports } = settings;
  const listener = (service: string, name: string, port: string): readonly string[] => [
    `service ${service} {`,
    `  inet_listener ${name} {`,
    '    listen = 127.0.0.1',
    `    port = ${port}`,
    '  }',
    ...(name === 'imap' ? ['  inet_listener imaps {', '    port = 0', '  }'] : []),
    '}',
  ];
  const lines = [
    'dovecot_config_version = 2.4.0',
    'dovecot_storage_version = 2.4.0',
    `base_dir = ${state}/run`,
    `state_dir = ${state}/run`,
    `log_path = ${state}/log/dovecot.log`,
    'protocols = imap lmtp',
    'ssl = no',
    'auth_allow_cleartext = yes',
    'auth_mechanisms = plain',
    'first_valid_uid = 1',
    'mail_driver = mdbox',
    'mail_path = ~/mdbox',
    `mail_home = ${state}/mail/%{user}`,
    'mail_uid = mail',
    'mail_gid = mail',
    'recipient_delimiter = +',
    'lmtp_save_to_detail_mailbox = yes',
    'lda_mailbox_autocreate = yes',
    'passdb static {',
    '  password = test',
    '}',
    'userdb static {',
    '  allow_all_users = yes',
    '}',
    'mail_attribute {',
    '  dict file {',
    '    path = %{home}/dovecot-attributes',
    '  }',
    '}',
    'namespace inbox {',
    '  inbox = yes',
    '  separator = /',
    '  mailbox Trash {',
    '    special_use = \\Trash',
    '  }',
    '}',
    'protocol imap {',
    '  imap_metadata = yes',
    '}',
    ...listener('imap-login', 'imap', ports.IMAP_PORT),
    ...listener('lmtp', 'lmtp', ports.LMTP_PORT),
    'service stats {',
    '  chroot =',
    '}',
    'mail_plugins {',
    '  mail_lua = yes',
    '  notify = yes',
    '  push_notification = yes',
    '  push_notification_lua = yes',
    '}',
    ...drivers.flatMap((driver, i) => driverBlock(settings, driver, i)),
  ];
  return writeFile(file, `${lines.join('\n')}\n`);
}
