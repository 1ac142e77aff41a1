/** Reads a secret from wherever the configuration says that it is. */
import { join } from 'node:path';
import { BelfryError, messageOf } from '../base/error.ts';
import type { Secret } from '../base/secret.ts';
import { readRegularFile } from './regular-file.ts';

/**
 * The secret; of a file or a credential its first line. `what` names it in errors, in a word: password.
 * Throws BelfryError NO_INPUT or CONFIGURATION, without a word of the secret.
 */
export function readSecret(secret: Secret, what: string, environment: NodeJS.ProcessEnv = process.env): string {
  if ('text' in secret) return secret.text;
  if ('file' in secret) {
    return firstLine(secret.file, what, 'the file must exist and be readable for the user of the daemon');
  }
  if ('credential' in secret) {
    const { CREDENTIALS_DIRECTORY: directory } = environment;
    const remedy = `give the service LoadCredential=${secret.credential}:FILE (systemd.exec(5))`;
    if (directory === undefined) {
      throw new BelfryError('NO_INPUT', `no credentials were passed to belfry, and the ${what} is one; ${remedy}`);
    }
    return firstLine(join(directory, secret.credential), what, remedy);
  }
  const value = environment[secret.variable];
  if (value) return value;
  const place = `the ${what} is not in the variable ${secret.variable} of the environment`;
  throw new BelfryError('NO_INPUT', `${place}; set it where the daemon is started (Environment= in its unit)`);
}

function firstLine(file: string, what: string, remedy: string): string {
  // Editors of other systems put a byte order mark before it, which nobody would send.
  const [line = ''] = contentOf(file, what, remedy)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/, 1);
  if (line !== '') return line;
  throw new BelfryError('CONFIGURATION', `${file} has an empty first line; write the ${what} there`);
}

function contentOf(file: string, what: string, remedy: string): Buffer {
  try {
    return readRegularFile(file);
  } catch (thrown) {
    throw new BelfryError('NO_INPUT', `the ${what} cannot be read from ${file}: ${messageOf(thrown)}; ${remedy}`);
  }
}
