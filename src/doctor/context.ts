/** What the checks of `belfry doctor` work on: the configurations of belfry and of the mail servers, read once. */
import { existsSync } from 'node:fs';
import { messageOf } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Loaded } from '../config/load.ts';
import { readText } from '../config/read-text.ts';
import { type ReadConfiguration, readConfiguration } from '../config/reader.ts';
import { type DovecotConfiguration, readDovecot } from './dovecot-conf.ts';

/** A configuration of a mail server: absent, there but not readable, or read. */
type Source<T> =
  | { readonly state: 'absent'; readonly file: string }
  | { readonly state: 'unreadable'; readonly file: string; readonly reason: string }
  | { readonly state: 'read'; readonly file: string; readonly value: T };

export interface DoctorContext {
  /** What `belfry check` finds. */
  readonly loaded: Loaded;
  /** As much of it as can be read. */
  readonly configuration: Configuration;
  /** imapd.conf, with what it includes. */
  readonly imapd: Source<ReadConfiguration>;
  /** The text of cyrus.conf. */
  readonly master: Source<string>;
  readonly dovecot: Source<DovecotConfiguration>;
  /** Whether somebody has named the configuration of Dovecot: then Dovecot is meant to report to belfry. */
  readonly isDovecotNamed: boolean;
  /** The effective user: 0 sees everything. */
  readonly uid: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number that the kernel keeps (sysctl(8)): `net.core.wmem_default`; undefined where it cannot be read. */
  kernel(name: string): number | undefined;
  /** Aborts when no more time is left. */
  readonly signal: AbortSignal;
}

/** The files of the mail servers as they are named on the command line; absent: where Debian and the sources have them. */
export interface MailServerFiles {
  readonly imapdConf?: string | undefined;
  readonly cyrusConf?: string | undefined;
  readonly dovecotConf?: string | undefined;
}

const usual = {
  imapd: ['/etc/imapd.conf'],
  master: ['/etc/cyrus.conf'],
  dovecot: ['/etc/dovecot/dovecot.conf', '/usr/local/etc/dovecot/dovecot.conf'],
} as const;

/**
 * Reads what the mail servers read. Never throws: what cannot be read is a state. Where the files of one mail server are named
 * and none of the other, that one alone is meant.
 */
export function readMailServers(
  files: MailServerFiles,
  read: (path: string) => string = readText,
  exists: (path: string) => boolean = existsSync,
): Pick<DoctorContext, 'imapd' | 'master' | 'dovecot' | 'isDovecotNamed'> {
  const isCyrusNamed = files.imapdConf !== undefined || files.cyrusConf !== undefined;
  const isDovecotNamed = files.dovecotConf !== undefined;
  const isMeant = { cyrus: isCyrusNamed || !isDovecotNamed, dovecot: isDovecotNamed || !isCyrusNamed };
  return {
    imapd: source(isMeant.cyrus, files.imapdConf, usual.imapd, (file) => readConfiguration(file, read)),
    master: source(isMeant.cyrus, files.cyrusConf, usual.master, read),
    dovecot: source(isMeant.dovecot, files.dovecotConf, usual.dovecot, (file) => readDovecot(file, read)),
    isDovecotNamed,
  };

  function source<T>(
    isMeant: boolean,
    given: string | undefined,
    places: readonly string[],
    parse: (file: string) => T,
  ): Source<T> {
    const file = given ?? places.find(exists) ?? places[0] ?? '';
    if (given === undefined && (!isMeant || !exists(file))) return { state: 'absent', file };
    try {
      return { state: 'read', file, value: parse(file) };
    } catch (thrown) {
      return { state: 'unreadable', file, reason: messageOf(thrown) };
    }
  }
}
