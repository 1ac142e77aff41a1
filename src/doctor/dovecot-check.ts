/** Whether Dovecot loads the plugins that report its events, and with a driver that sends them to belfry. */
import { type Check, type Finding, fault, ok, unchecked } from './check.ts';
import type { DoctorContext } from './context.ts';
import type { DovecotConfiguration } from './dovecot-conf.ts';
import { type DriverContext, driverFindings } from './dovecot-driver.ts';
import { driversOf, type PushDriver, pluginsOf } from './dovecot-plugins.ts';

const reload = (what: string): string => `${what}; then doveadm reload`;

export const dovecotCheck: Check = {
  name: 'dovecot',
  async *run(context) {
    const { dovecot } = context;
    if (dovecot.state === 'absent') {
      yield unchecked(`Dovecot: ${dovecot.file} is not there, or only Cyrus was named; name it with --dovecot-conf`);
      return;
    }
    if (dovecot.state === 'unreadable') {
      yield unchecked(`Dovecot: ${dovecot.file}: ${dovecot.reason}`);
      return;
    }
    const drivers = driversOf(dovecot.value);
    if (drivers.length === 0) {
      yield withoutDriver(context, dovecot.file);
      return;
    }
    yield* plugins(dovecot.value, drivers);
    const sending = drivers.filter(({ kind }) => kind === 'lua' || kind === 'ox');
    if (sending.length === 0) {
      const [first] = drivers;
      yield fault(
        `Dovecot has only the driver ${first?.kind}`,
        'it writes events to the log of Dovecot, and sends none',
        reload('configure the driver lua with belfry.lua, as in docs/getting-started-dovecot.md'),
        { place: first?.place ?? { file: dovecot.file } },
      );
    }
    const about: DriverContext = { ...context, reload };
    for (const driver of sending) yield* driverFindings(driver, about);
  },
};

/** A Dovecot that is not meant to report is no fault. */
function withoutDriver({ configuration, imapd, isDovecotNamed }: DoctorContext, file: string): Finding {
  const isMeant = isDovecotNamed || configuration.sockets.some(({ transport }) => transport === 'http');
  const message = 'Dovecot has no push notification driver';
  if (!isMeant && imapd.state !== 'absent')
    return unchecked(`${message}, and belfry does not listen for it (http_listen)`);
  return fault(
    message,
    'it reports nothing to belfry',
    reload('add the lines that belfry init --dovecot prints to its configuration'),
    { place: { file } },
  );
}

function* plugins(configuration: DovecotConfiguration, drivers: readonly PushDriver[]): Generator<Finding, void, void> {
  const isLua = drivers.some(({ kind }) => kind === 'lua');
  const needed = ['notify', 'push_notification', ...(isLua ? ['mail_lua', 'push_notification_lua'] : [])];
  const found: string[] = [];
  for (const { protocol, plugins: loaded, setting } of pluginsOf(configuration)) {
    const lacking = needed.filter((plugin) => !loaded.has(plugin));
    if (lacking.length === 0) {
      found.push(protocol);
      continue;
    }
    const what = protocol === 'lmtp' ? 'of deliveries' : 'of IMAP sessions';
    const own = setting?.blocks[0]?.startsWith('protocol ') === true ? `protocol ${protocol}: ` : '';
    const remedy = configuration.isNew
      ? `write ${lacking.map((plugin) => `${plugin} = yes`).join(', ')} into mail_plugins { }`
      : own === ''
        ? `write mail_plugins = $mail_plugins ${lacking.join(' ')}`
        : `add ${lacking.join(' ')} to mail_plugins in protocol ${protocol}, where it replaces the general value`;
    yield fault(
      `${own}mail_plugins lacks ${lacking.join(' ')} for ${protocol}`,
      `events ${what} are not reported`,
      reload(remedy),
      {
        place:
          setting === undefined
            ? { file: configuration.files[0] ?? '' }
            : { file: setting.file, line: setting.line, option: 'mail_plugins' },
      },
    );
  }
  if (found.length > 0) yield ok(`the plugins for push notifications are loaded for ${found.join(' and ')}`);
}
