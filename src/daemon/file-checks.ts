/** What is wrong with one file that the configuration names, a check for each kind; none of them changes anything. */
import { createPrivateKey } from 'node:crypto';
import { closeSync, constants, openSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ifPossible, messageOf } from '../base/error.ts';
import type { Secret } from '../base/secret.ts';
import type { Configuration } from '../config/configuration.ts';
import type { FileNeed } from '../notifier/notifier.ts';
import { error, type Problem, warning } from '../option/problem.ts';
import { readSecret } from '../os/read-secret.ts';
import { readRegularFile } from '../os/regular-file.ts';
import { isAbsent, isOfKernel, mayAccess, reasonOf, statOf } from './file-access.ts';
import { identityProblem } from './identity-check.ts';
import { scriptProblem } from './script-check.ts';

const user = (): string => ifPossible(() => userInfo().username) ?? 'this user';

const { O_APPEND, O_NOCTTY, O_NONBLOCK, O_WRONLY, W_OK, X_OK } = constants;

/** Whether a directory is there, or can be made, and can be written. */
export function directoryProblem(path: string): Problem | undefined {
  const whole = resolve(path);
  let there = whole;
  while (isAbsent(there) && dirname(there) !== there) there = dirname(there);
  if (statOf(there)?.isDirectory() === false)
    return error(`${there} is not a directory`, 'name another one, or remove that file');
  if (isOfKernel(there)) {
    return error(`${there} belongs to the kernel; belfry cannot store anything there`, 'name a directory on a disk');
  }
  if (mayAccess(there, W_OK | X_OK)) return undefined;
  const what =
    there === whole
      ? `${there} cannot be written`
      : `${whole} does not exist, and the user cannot create it in ${there}`;
  return error(`${what} by ${user()}`, 'give it to the user of the daemon, or run this as that user');
}

/** What a notifier needs. */
export function needProblem({ path, use, mistakeIn }: FileNeed): Problem | undefined {
  switch (use) {
    case 'program':
      return programProblem(path);
    case 'script':
      return scriptProblem(path);
    case 'directory':
      return workingDirectoryProblem(path);
    case 'user':
    case 'group':
      return identityProblem(path, use);
    case 'append':
      return appendProblem(path);
    case 'certificates':
      return certificatesProblem(path);
    case 'key':
      return keyProblem(path) ?? secretProblem(path, 'the file contains a private key');
    case 'text':
      return textProblem(path, mistakeIn);
    case 'secret':
      return unusableSecret(path, mistakeIn) ?? secretProblem(path, 'the file contains a secret');
    case 'credential':
      return elsewhereProblem({ credential: path });
    case 'variable':
      return elsewhereProblem({ variable: path });
  }
}

/** Whether a notifier would write into what belfry itself has: the spool, or the configuration. */
export function ownFileProblem({ path, use }: FileNeed, { spool, files }: Configuration): Problem | undefined {
  if (use !== 'append') return undefined;
  const remedy = 'name a file of its own';
  if (dirname(real(path)) === real(spool.directory)) return error(`${path} is in the directory of the spool`, remedy);
  return files.some((file) => real(file) === real(path)) ? error(`${path} is the configuration`, remedy) : undefined;
}

/** Without symbolic links, as far as it is there and may be looked at. */
function real(path: string): string {
  const whole = resolve(path);
  const parent = dirname(whole);
  return ifPossible(() => realpathSync(whole)) ?? (parent === whole ? whole : join(real(parent), basename(whole)));
}

function programProblem(path: string): Problem | undefined {
  if (isAbsent(path)) return error(`the program ${path} does not exist`, 'install it, or name another one');
  if (statOf(path)?.isFile() === false) return error(`${path} is not a program`, 'name a file that can be run');
  return mayAccess(path, X_OK) ? undefined : error(`${path} is not executable by ${user()}`, `chmod +x ${path}`);
}

/** In which a program is to run, perhaps as another user. */
function workingDirectoryProblem(path: string): Problem | undefined {
  if (isAbsent(path)) return error(`the directory ${path} does not exist`, 'create it');
  return statOf(path)?.isDirectory() === false ? error(`${path} is not a directory`, 'name another one') : undefined;
}

/** Opens it as the daemon will, but makes nothing. */
function appendProblem(path: string): Problem | undefined {
  const parent = dirname(resolve(path));
  const remedy = 'name a file that the user of the daemon can write, or run this as that user';
  try {
    closeSync(openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY));
    return undefined;
  } catch (thrown) {
    if (!isAbsent(path)) return error(`${user()} cannot append to it: ${messageOf(thrown)}`, remedy);
  }
  if (isAbsent(parent)) return error(`the directory ${parent} does not exist`, 'create it');
  if (statOf(parent)?.isDirectory() === false) return error(`${parent} is not a directory`, 'name a file in one');
  if (isOfKernel(parent)) {
    return error(`${parent} belongs to the kernel; belfry cannot create a file there`, 'name a file on a disk');
  }
  return mayAccess(parent, W_OK | X_OK) ? undefined : error(`${parent} cannot be written by ${user()}`, remedy);
}

function certificatesProblem(path: string): Problem | undefined {
  try {
    if (readRegularFile(path).includes('-----BEGIN CERTIFICATE-----')) return undefined;
    return error(`${path} contains no certificate`, 'the format must be PEM, with "-----BEGIN CERTIFICATE-----"');
  } catch (thrown) {
    return error(`cannot read the certificates from ${path}: ${messageOf(thrown)}`, 'name a file that can be read');
  }
}

function textProblem(path: string, mistakeIn: FileNeed['mistakeIn']): Problem | undefined {
  try {
    const mistake = mistakeIn?.(readRegularFile(path).toString('utf8'));
    return mistake === undefined ? undefined : error(`${path}: ${mistake}`, 'correct the line');
  } catch (thrown) {
    return error(`cannot read ${path}: ${messageOf(thrown)}`, 'name a file that can be read');
  }
}

/**
 * Why a secret is not found that only the service may be given. A warning: `belfry check` has another environment; the daemon
 * does not start without it.
 */
export function elsewhereProblem(secret: Secret): Problem | undefined {
  const message = reasonOf(() => readSecret(secret, 'secret'));
  return message === undefined ? undefined : warning(message);
}

/** Why the secret on the first line of a file cannot be used. */
function unusableSecret(file: string, mistakeIn: FileNeed['mistakeIn']): Problem | undefined {
  let mistake: string | undefined;
  const message = reasonOf(() => {
    const line = readSecret({ file }, 'secret');
    mistake = mistakeIn?.(line);
  });
  if (message !== undefined) return error(message);
  return mistake === undefined ? undefined : error(`${file}: ${mistake}`, 'correct its first line');
}

function keyProblem(path: string): Problem | undefined {
  try {
    createPrivateKey(readRegularFile(path));
    return undefined;
  } catch (thrown) {
    const remedy = 'name a file with a private key (PEM, without a passphrase) that can be read';
    return error(`cannot read the private key from ${path}: ${messageOf(thrown)}`, remedy);
  }
}

/** Whether others than its owner and its group can read a file. */
export function secretProblem(file: string, what: string): Problem | undefined {
  const found = statOf(file);
  if (found === undefined || !found.isFile() || (found.mode & 0o004) === 0) return undefined;
  const remedy = `chmod o-r ${file}, and give it to the group of the daemon`;
  return warning(`${what}, and every user of this machine can read ${file}`, remedy);
}
