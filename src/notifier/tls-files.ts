/** The options of methods that connect over TLS themselves: whom to trust, and who belfry is. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { BelfryError, messageOf } from '../base/error.ts';
import { error, type OptionProblem, warning } from '../option/problem.ts';
import { path } from '../option/types.ts';
import { readRegularFile } from '../os/regular-file.ts';
import type { FileNeed, Services } from './notifier.ts';

/** `server`: `syslog server`, for the reference. */
export function tlsFileOptions(server: string) {
  return {
    ca: path({
      description: `A file with the CA certificates (PEM) for checking the certificate of the ${server}.`,
      absent: 'the CAs that Node trusts',
      example: '/etc/ssl/private-ca.pem',
    }),
    client_certificate: path({
      description: `A file with the certificate (PEM) with which belfry identifies itself to the ${server}, and the certificates of intermediate CAs after it.`,
      absent: 'no client certificate',
      example: '/etc/belfry/client.pem',
    }),
    client_key: path({
      description: 'A file with the private key (PEM) of the client certificate.',
      absent: 'no client certificate',
      example: '/etc/belfry/client.key',
    }),
  };
}

interface Values {
  readonly ca: string | undefined;
  readonly client_certificate: string | undefined;
  readonly client_key: string | undefined;
}

/** As tls.connect takes them. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

const keys = ['ca', 'client_certificate', 'client_key'] as const;

/** `encrypts`: whether the connection is one of TLS at all. */
export function tlsFileProblems(values: Values, encrypts: boolean, remedy: string): readonly OptionProblem[] {
  const { client_certificate: certificate, client_key: key } = values;
  const unused = encrypts ? [] : keys.filter((option) => values[option] !== undefined);
  const problems: OptionProblem[] = unused.map((option) => ({
    option,
    ...warning('it has no effect: the connection is not encrypted', remedy),
  }));
  if (certificate !== undefined && key === undefined) {
    problems.push({ option: 'client_certificate', ...error('set, but the key is missing', 'set client_key as well') });
  }
  if (certificate === undefined && key !== undefined) {
    problems.push({ option: 'client_key', ...error('it has no certificate', 'set client_certificate as well') });
  }
  return problems;
}

export function tlsFileNeeds({ ca, client_certificate: certificate, client_key: key }: Values): readonly FileNeed[] {
  const needs: FileNeed[] = [];
  if (ca !== undefined) needs.push({ option: 'ca', path: ca, use: 'certificates' });
  if (certificate !== undefined) needs.push({ option: 'client_certificate', path: certificate, use: 'certificates' });
  if (key !== undefined) needs.push({ option: 'client_key', path: key, use: 'key' });
  return needs;
}

/** Throws BelfryError NOTIFIER_OPEN where a file cannot be read, or is none of its kind. */
export function readTlsFiles(values: Values, method: string, { name }: Pick<Services, 'name'>): TlsFiles {
  const read = (option: (typeof keys)[number], check: (pem: Buffer) => unknown): Buffer | undefined => {
    const file = values[option];
    if (file === undefined) return undefined;
    try {
      const pem = readRegularFile(file);
      check(pem);
      return pem;
    } catch (thrown) {
      const message = `notifier ${name}: ${method}_${option}: ${file}: ${messageOf(thrown)}; name a file in PEM`;
      throw new BelfryError('NOTIFIER_OPEN', message);
    }
  };
  const ca = read('ca', (pem) => new X509Certificate(pem));
  const cert = read('client_certificate', (pem) => new X509Certificate(pem));
  const key = read('client_key', (pem) => createPrivateKey(pem));
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}

/** Codes of Node for a certificate that no trusted authority has signed. */
const untrusted =
  /SELF_SIGNED_CERT|self-signed certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|unable to verify the first certificate|UNABLE_TO_GET_ISSUER_CERT|unable to get (?:local )?issuer certificate/;

/** What a server says (an alert of TLS, RFC 8446 §6.2) that does not like the certificate of its client, or gets none. */
const notAccepted =
  /alert (certificate required|(?:bad|unsupported) certificate|certificate (?:revoked|expired|unknown)|unknown ca|handshake failure|access denied)/;

/**
 * What went wrong with a connection, in one line, with a remedy where the words of OpenSSL have none. `method`: `nats`, for the
 * names of its options.
 */
export function connectionFault(thrown: unknown, method: string): string {
  // Where a name has several addresses, Node packs what each of them answered into an error without a message.
  const text = thrown instanceof AggregateError ? thrown.errors.map(messageOf).join('; ') : messageOf(thrown);
  if (untrusted.test(text)) return `${text}: name a file with the certificate of its CA in ${method}_ca`;
  const [, alert] = notAccepted.exec(text) ?? [];
  if (alert !== undefined) return `it refuses us (${alert}): see ${method}_client_certificate`;
  return /wrong version number|packet length too long/.test(text) ? 'it does not speak TLS there' : text;
}
