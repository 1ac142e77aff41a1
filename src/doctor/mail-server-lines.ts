/** Says what to write into the configuration of the mail server, for `belfry init`. Pure. */
import type { Found, FoundCyrus, FoundDovecot } from './find-installation.ts';
import { type FirstConfiguration, httpAddress } from './first-configuration.ts';

/** Lines without newlines. `file`: of belfry's configuration. */
export function mailServerLines(found: Found, written: FirstConfiguration, file: string): readonly string[] {
  const { cyrus, dovecot, directory, isPackaged, user } = found;
  const lines: string[] = [];
  if (cyrus !== undefined) lines.push(...cyrusLines(cyrus, written));
  if (dovecot !== undefined) lines.push(...dovecotLines(dovecot, found));
  if (cyrus === undefined && dovecot === undefined) {
    lines.push(
      'No mail server was found: there is no /etc/imapd.conf and no /etc/dovecot/dovecot.conf. For one that is elsewhere:',
      '',
      '    belfry init --imapd-conf FILE --cyrus-conf FILE',
      '    belfry init --dovecot-conf FILE',
      '',
    );
  }
  lines.push('Then start belfry, and examine everything:', '');
  if (isPackaged) lines.push('    systemctl restart belfry');
  else {
    if (!user.exists) lines.push(`    useradd --system --user-group --home-dir ${directory} ${user.name}`);
    lines.push(
      `    install -d -m 0750 -o ${user.name} -g ${cyrus?.group ?? user.name} ${directory}`,
      `    belfry serve -C ${file}          # as the user ${user.name}, under the supervisor of your daemons`,
    );
  }
  lines.push(`    belfry doctor -C ${file}`);
  return lines;
}

function cyrusLines(cyrus: FoundCyrus, { socket, groups }: FirstConfiguration): readonly string[] {
  const { imapdConf, cyrusConf, options, notifyd } = cyrus;
  const wanted: readonly (readonly [string, string])[] = [
    ['event_notifier', 'default'],
    ['event_groups', groups.join(' ')],
    ['notifysocket', socket],
  ];
  // The default of Cyrus need not be written.
  const isUnwritten = (name: string): boolean =>
    name === 'notifysocket' && socket === cyrus.socket && !options.has(name);
  const changed = wanted.filter(([name, value]) => options.get(name)?.value !== value && !isUnwritten(name));
  const lines: string[] = [];
  if (changed.length === 0) lines.push(`${imapdConf} needs no change.`, '');
  else {
    lines.push(`Write into ${imapdConf}:`, '');
    lines.push(...changed.map(([name, value]) => `    ${name}: ${value}`), '');
    const replaced = changed.flatMap(([name]) => {
      const present = options.get(name);
      return present === undefined ? [] : [`${name} (${present.file}:${present.line})`];
    });
    if (replaced.length > 0) {
      lines.push(`Remove the old ${replaced.join(', ')}: Cyrus does not start if an option occurs twice.`, '');
    }
  }
  for (const { name, line } of notifyd) {
    lines.push(`Put a # before line ${line} of ${cyrusConf}: the service ${name}, which starts notifyd.`, '');
  }
  if (changed.length + notifyd.length > 0) lines.push('Restart Cyrus: systemctl restart cyrus-imapd', '');
  return lines;
}

function dovecotLines(dovecot: FoundDovecot, { luaScript, servername }: Found): readonly string[] {
  const { file, isNew, protocols, hasDriver } = dovecot;
  const at = `${file.slice(0, file.lastIndexOf('/'))}/conf.d/95-belfry.conf`;
  const url = `http://${httpAddress}/dovecot`;
  const plugins = 'mail_lua notify push_notification push_notification_lua';
  const lines = isNew
    ? [
        'mail_plugins {',
        ...plugins.split(' ').map((plugin) => `  ${plugin} = yes`),
        '}',
        'push_notification belfry {',
        '  driver = lua',
        `  lua_file = ${luaScript}`,
        '  lua_settings {',
        `    belfry_url = ${url}`,
        `    belfry_server = ${servername}`,
        '  }',
        '}',
      ]
    : [
        `mail_plugins = $mail_plugins ${plugins}`,
        ...protocols.flatMap((protocol) => [
          `protocol ${protocol} {`,
          `  mail_plugins = $mail_plugins ${plugins}`,
          '}',
        ]),
        'plugin {',
        // A driver that is there keeps its place.
        `  push_notification_driver${hasDriver ? '2' : ''} = lua:file=${luaScript}`,
        `  belfry_url = ${url}`,
        `  belfry_server = ${servername}`,
        '}',
      ];
  const own =
    protocols.length === 0
      ? []
      : [
          `Check mail_plugins of ${protocols.join(' and ')}: in Dovecot 2.3 the last value that is read replaces the others.`,
          '',
        ];
  return [
    `Write into ${at}:`,
    '',
    ...lines.map((line) => `    ${line}`),
    '',
    ...own,
    'Reload Dovecot: doveadm reload',
    '',
  ];
}
