/** The files that the options of HTTP name: secrets, the certificate and its key. Read at the start and at a reload. */
import { createSecureContext } from 'node:tls';
import { BelfryError, messageOf } from '../base/error.ts';
import type { Secret } from '../base/secret.ts';
import { readSecret } from '../os/read-secret.ts';
import { readRegularFile } from '../os/regular-file.ts';

/** Files (PEM). */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Throws BelfryError NO_INPUT or CONFIGURATION, without a word of the secret. */
export function readPassword(secret: Secret): string {
  return readSecret(secret, 'password');
}

/**
 * A token ends at white space (RFC 6750 §2.1): with any in it every sender would be refused, without a reason in sight.
 * Throws BelfryError NO_INPUT or CONFIGURATION, without a word of the secret.
 */
export function readToken(secret: Secret): string {
  const token = readSecret(secret, 'token');
  if (!/\s/.test(token)) return token;
  const place = 'file' in secret ? ` in ${secret.file}` : '';
  throw new BelfryError('CONFIGURATION', `the token${place} contains white space; choose one without`);
}

/** Both files, for a server. Throws BelfryError NO_INPUT, or CONFIGURATION when they cannot be used or do not fit. */
export function readTls(files: TlsFiles): { readonly cert: Buffer; readonly key: Buffer } {
  const { certificate, key } = files;
  const contents = { cert: readCertificate(certificate), key: readKey(key) };
  try {
    createSecureContext(contents);
  } catch (thrown) {
    const wrong = `cannot use the certificate ${certificate} and the key ${key}`;
    throw new BelfryError('CONFIGURATION', `${wrong}: ${messageOf(thrown)}; both must be PEM and belong together`);
  }
  return contents;
}

/** Throws BelfryError NO_INPUT or CONFIGURATION. */
export function readCertificate(file: string): Buffer {
  const cert = contentOf(file, 'certificate');
  return usable(cert, { cert }, `certificate ${file}`, 'it must be PEM');
}

/** Throws BelfryError NO_INPUT or CONFIGURATION. */
export function readKey(file: string): Buffer {
  const key = contentOf(file, 'private key');
  return usable(key, { key }, `key ${file}`, 'it must be PEM, without a passphrase');
}

function usable(content: Buffer, alone: { cert: Buffer } | { key: Buffer }, what: string, remedy: string): Buffer {
  try {
    createSecureContext(alone);
  } catch (thrown) {
    throw new BelfryError('CONFIGURATION', `${what} cannot be used: ${messageOf(thrown)}; ${remedy}`);
  }
  return content;
}

function contentOf(file: string, what: string): Buffer {
  try {
    return readRegularFile(file);
  } catch (thrown) {
    const reason = `the ${what} cannot be read from ${file}: ${messageOf(thrown)}`;
    throw new BelfryError('NO_INPUT', `${reason}; the file must exist and be readable for the user of the daemon`);
  }
}
