/** Which options are for Cyrus IMAP, so that a file written for it is accepted in silence. */
import { readFileSync } from 'node:fs';
import { nearest } from '../option/nearest.ts';

/** The same both in the sources and in what is built from them. */
const file = new URL('../../config/cyrus-options.txt', import.meta.url);

/** Every name that is no member of a family. */
export const cyrusOptionNames: readonly string[] = readFileSync(file, 'utf8')
  .replace(/^#.*/gm, '')
  .split(/\s+/)
  .filter((name) => name !== '');

const known: ReadonlySet<string> = new Set(cyrusOptionNames);

/** Families whose members the administrator names: partitions and search tiers, SASL, autocreated folders. */
const family = /^(?:(?:meta|archive|backup|[a-z0-9]*search)?partition-|xlist-|sasl_)./;

/** Settings for one server of a murder: `<short host name>_password` and the like (Cyrus `imap/backend.c`). */
const perHost = /^[a-z0-9-]+_(?:password|mechs|client_cert|client_key)$/;

/** Services of the sample cyrus.conf files, to distinguish a service prefix from a typo. */
const services: ReadonlySet<string> = new Set(
  'imap imaps imaplocal pop3 pop3s pop3local lmtp lmtpunix sieve managesieve http https httpd nntp nntps mupdate proxyd notify csync sync_server sync_client idled ptloader squatter'.split(
    ' ',
  ),
);

/** Whether Cyrus knows an option of exactly this name, or a family that it belongs to. */
export function isCyrusOption(name: string): boolean {
  return known.has(name) || family.test(name);
}

/**
 * The prefix of an option for one service or one replication channel, `SERVICE_option`; undefined when the name is none.
 * Their names are in cyrus.conf and sync_log_channels, so any prefix may be one.
 */
export function cyrusPrefix(name: string): string | undefined {
  for (let at = name.indexOf('_', 1); at !== -1; at = name.indexOf('_', at + 1)) {
    if (isCyrusOption(name.slice(at + 1))) return name.slice(0, at);
  }
  return perHost.test(name) ? name.slice(0, name.indexOf('_')) : undefined;
}

/** The one of `names` that a service prefix probably is a slip for: `belfy`. */
export function typoFor(prefix: string, names: readonly string[]): string | undefined {
  return services.has(prefix) || prefix.length < 4 ? undefined : nearest(prefix, names);
}
