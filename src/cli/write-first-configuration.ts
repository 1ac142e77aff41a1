/** Finds the mail servers, writes a first configuration, and prints what they need: what `belfry init` does. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BelfryError, codeOf, messageOf } from '../base/error.ts';
import { printable, printableLines } from '../base/printable.ts';
import { readMailServers } from '../doctor/context.ts';
import { findInstallation, isUsableSocket } from '../doctor/find-installation.ts';
import { firstConfiguration } from '../doctor/first-configuration.ts';
import { mailServerLines } from '../doctor/mail-server-lines.ts';
import type { InitFlags } from './init.ts';
import type { CommandIo } from './io.ts';

/** It can come to hold secrets. */
const mode = 0o640;

/** Throws BelfryError USAGE where the file exists, and SOCKET_CREATE where it cannot be written. */
export function writeFirstConfiguration(flags: InitFlags, io: Pick<CommandIo, 'out' | 'err'>): void {
  const { cyrus, dovecot, imapdConf, cyrusConf, dovecotConf, output, force } = flags;
  const wanted = {
    cyrus: cyrus === true || imapdConf !== undefined,
    dovecot: dovecot === true || dovecotConf !== undefined,
  };
  const found = findInstallation(readMailServers({ imapdConf, cyrusConf, dovecotConf }), wanted);
  const written = firstConfiguration(found, isUsableSocket);
  if (output !== undefined) write(output, written.text, force === true);
  const file = output === undefined ? '/etc/belfry.conf' : resolve(output);
  const lines = mailServerLines(found, written, file);
  const advice = printableLines(`${lines.join('\n')}\n`);
  if (output === undefined) {
    io.out(printableLines(written.text));
    io.err(`${advice}`);
  } else io.out(`Wrote ${printable(file, 4096)}.\n\n${advice}`);
}

function write(file: string, text: string, isForced: boolean): void {
  try {
    if (!isForced) {
      writeFileSync(file, text, { mode, flag: 'wx' });
      return;
    }
    // A daemon that reads it at the same moment finds the old one or the new one whole.
    const beside = `${file}.new-${process.pid}`;
    try {
      writeFileSync(beside, text, { mode, flag: 'wx' });
      renameSync(beside, file);
    } catch (thrown) {
      rmSync(beside, { force: true });
      throw thrown;
    }
  } catch (thrown) {
    const name = printable(file, 300);
    if (codeOf(thrown) === 'EEXIST') {
      throw new BelfryError('USAGE', `${name} exists already; --force replaces it, or name another file with -o`);
    }
    throw new BelfryError('NO_INPUT', `cannot write ${name}: ${messageOf(thrown)}`);
  }
}
