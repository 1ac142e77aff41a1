/** What a configuration of Dovecot means for its push notifications: the plugins of each protocol, and the drivers. */
import type { DovecotConfiguration, DovecotSetting } from './dovecot-conf.ts';

/** One driver that Dovecot calls for each event. */
export interface PushDriver {
  /** `lua`, `ox`, `dlog`. */
  readonly kind: string;
  /** Where it is written. */
  readonly place: { readonly file: string; readonly line: number; readonly option: string };
  /** Where it sends to; absent when that is not written. */
  readonly url?: string | undefined;
  /** Of belfry.lua: its token. */
  readonly token?: string | undefined;
  /** Of a Lua driver: its script. */
  readonly script?: string | undefined;
  /** Of the OX driver: whether it gives up soon when belfry does not answer. */
  readonly isPatient?: boolean;
}

/** The protocols in which messages and mailboxes change. */
const protocols = ['lmtp', 'imap'] as const;

export interface ProtocolPlugins {
  readonly protocol: (typeof protocols)[number];
  readonly plugins: ReadonlySet<string>;
  /** The line that decides; undefined where none is written. */
  readonly setting?: DovecotSetting | undefined;
}

/**
 * In 2.3 the value for a protocol replaces the general one, and `$mail_plugins` in it is what that is where the line stands: a
 * file that is read later changes nothing any more. In 2.4 it adds to the general one.
 */
export function pluginsOf({ settings, isNew }: DovecotConfiguration): readonly ProtocolPlugins[] {
  return protocols.map((protocol) => {
    let general = new Set<string>();
    let special: Set<string> | undefined;
    let generalSetting: DovecotSetting | undefined;
    let specialSetting: DovecotSetting | undefined;
    for (const setting of settings) {
      const { blocks, name, value } = setting;
      const [outer, inner] = blocks;
      const isGeneral = outer === undefined || outer === 'mail_plugins';
      const isSpecial = outer === `protocol ${protocol}`;
      const isListed = (isGeneral ? outer : inner) === 'mail_plugins';
      if ((!isGeneral && !isSpecial) || (!isListed && name !== 'mail_plugins')) continue;
      const before = isGeneral ? general : (special ?? general);
      const after = isListed
        ? switched(before, name, value)
        : listed(value, isNew || isSpecial ? general : before, isNew);
      if (isGeneral) [general, generalSetting] = [after, setting];
      else [special, specialSetting] = [after, setting];
    }
    const own = special ?? new Set<string>();
    if (isNew) return { protocol, plugins: new Set([...general, ...own]), setting: generalSetting ?? specialSetting };
    return { protocol, plugins: special ?? general, setting: specialSetting ?? generalSetting };
  });
}

function switched(before: ReadonlySet<string>, name: string, value: string): Set<string> {
  const after = new Set(before);
  if (/^(?:yes|true|y)$/i.test(value)) after.add(name);
  else after.delete(name);
  return after;
}

function listed(value: string, general: ReadonlySet<string>, isNew: boolean): Set<string> {
  const words = value.split(/[\s,]+/).filter((word) => word !== '');
  const found = words.flatMap((word) => (word === '$mail_plugins' ? [...general] : [word]));
  return new Set(isNew ? [...general, ...found] : found);
}

/** In the order in which Dovecot calls them. */
export function driversOf(configuration: DovecotConfiguration): readonly PushDriver[] {
  return configuration.isNew ? newDrivers(configuration.settings) : oldDrivers(configuration.settings);
}

function oldDrivers(settings: readonly DovecotSetting[]): readonly PushDriver[] {
  const inPlugin = settings.filter(({ blocks: [outer] }) => outer === 'plugin');
  const last = (name: string): string | undefined => inPlugin.findLast((one) => one.name === name)?.value;
  const written = new Map(
    inPlugin.flatMap((one) => (/^push_notification_driver\d*$/.test(one.name) ? [[one.name, one]] : [])),
  );
  return [...written.values()].map(({ name, value, file, line }) => {
    const [kind = '', ...rest] = value.split(':');
    const words = rest.join(':').split(/\s+/);
    const word = (key: string): string | undefined =>
      words.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1);
    const place = { file, line, option: name };
    if (kind === 'ox') {
      const isPatient = word('timeout_msecs') === undefined || word('max_retries') !== '0';
      return { kind, place, url: word('url'), isPatient };
    }
    if (kind !== 'lua') return { kind, place };
    const script = word('file') ?? last('push_notification_lua_script_file');
    return { kind, place, script, url: last('belfry_url'), token: last('belfry_token') };
  });
}

function newDrivers(settings: readonly DovecotSetting[]): readonly PushDriver[] {
  const heads = new Set(
    settings.flatMap(({ blocks: [outer = ''] }) => (/^push_notification /.test(outer) ? [outer] : [])),
  );
  return [...heads].flatMap((head) => {
    const own = settings.filter(({ blocks: [outer] }) => outer === head);
    const value = (...names: readonly string[]): string | undefined =>
      own.findLast(({ name }) => names.includes(name.replace(/^push_notification_/, '')))?.value;
    const [first] = own;
    if (first === undefined) return [];
    // Without `driver` the name of the block is that of the driver.
    const kind = value('driver') ?? head.slice('push_notification '.length);
    const place = { file: first.file, line: first.line, option: head };
    if (kind === 'ox') {
      const isPatient = value('http_client_request_absolute_timeout') === undefined;
      return [{ kind, place, url: value('url', 'ox_url'), isPatient }];
    }
    if (kind !== 'lua') return [{ kind, place }];
    return [{ kind, place, script: value('lua_file'), url: value('belfry_url'), token: value('belfry_token') }];
  });
}
