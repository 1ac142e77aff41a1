/** How belfry authenticates itself to a NATS server: in one way at the most. */
import type { ConnectionOptions } from '@nats-io/transport-node';
import { BelfryError, messageOf } from '../../base/error.ts';
import type { Secret } from '../../base/secret.ts';
import { error, type OptionProblem } from '../../option/problem.ts';
import { readRegularFile } from '../../os/regular-file.ts';
import type { FileNeed, Services } from '../notifier.ts';
import { readSecret } from '../secret.ts';

interface Values {
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly password_file: string | undefined;
  readonly token: Secret | undefined;
  readonly token_file: string | undefined;
  readonly nkey: Secret | undefined;
  readonly nkey_file: string | undefined;
  readonly credentials: string | undefined;
}

export function credentialProblems(values: Values): readonly OptionProblem[] {
  const { user, credentials } = values;
  const has = (name: 'password' | 'token' | 'nkey'): boolean =>
    values[name] !== undefined || values[`${name}_file`] !== undefined;
  const problems: OptionProblem[] = [];
  if (user === undefined && has('password')) {
    problems.push({ option: 'password', ...error('there is no user for it', 'set nats_user') });
  }
  if (user !== undefined && !has('password')) {
    problems.push({
      option: 'user',
      ...error('there is no password for it', 'set nats_password or nats_password_file'),
    });
  }
  const ways = [
    ...(user === undefined ? [] : ['user']),
    ...(['token', 'nkey'] as const).filter(has),
    ...(credentials === undefined ? [] : ['credentials']),
  ];
  const [, second] = ways;
  if (second !== undefined) {
    problems.push({ option: second, ...error(`nats_${ways[0]} is set as well`, 'authenticate in one way') });
  }
  if (values.nkey !== undefined && 'text' in values.nkey && !isSeed(values.nkey.text)) {
    problems.push({ option: 'nkey', ...error(noSeed, remedy) });
  }
  return problems;
}

const noSeed = 'this is no seed of the NKey of a user';
const remedy = 'copy what nsc has made: SU and 56 letters and digits';

/** Whether it has the form of a seed; its checksum is for the client to see. */
const isSeed = (text: string): boolean => /^SU[A-Z2-7]{56}$/.test(text);

/** The files with a seed, which `check` reads. */
export function credentialNeeds({
  nkey_file: nkey,
  credentials,
}: Pick<Values, 'nkey_file' | 'credentials'>): readonly FileNeed[] {
  const needs: FileNeed[] = [];
  const inSeed = (line: string): string | undefined => (isSeed(line) ? undefined : noSeed);
  const inCredentials = (content: string): string | undefined => {
    const lines = content.split(/\r?\n/);
    return lines.some(isSeed) && lines.some((line) => /^-+BEGIN NATS USER JWT-+$/.test(line))
      ? undefined
      : 'it does not hold the JWT and the seed of a user';
  };
  if (nkey !== undefined) needs.push({ option: 'nkey_file', path: nkey, use: 'secret', mistakeIn: inSeed });
  if (credentials !== undefined) {
    needs.push({ option: 'credentials', path: credentials, use: 'text', mistakeIn: inCredentials });
  }
  return needs;
}

type Client = Pick<typeof import('@nats-io/transport-node'), 'credsAuthenticator' | 'nkeyAuthenticator'>;

/** Throws BelfryError NOTIFIER_OPEN where a secret cannot be read, or is none of its kind. */
export function credentialsOf(values: Values, client: Client, services: Services): ConnectionOptions {
  const { user, credentials } = values;
  const password = readSecret(values, 'password', services);
  const token = readSecret(values, 'token', services);
  const nkey = readSecret(values, 'nkey', services);
  if (user !== undefined && password !== undefined) return { user, pass: password };
  if (token !== undefined) return { token };
  const [option, make] =
    credentials === undefined
      ? ['nkey', () => nkey && client.nkeyAuthenticator(Buffer.from(nkey))]
      : ['credentials', () => client.credsAuthenticator(readRegularFile(credentials))];
  try {
    const authenticator = make();
    if (typeof authenticator !== 'function') return {};
    // A seed that is none is found when it signs.
    authenticator('nonce');
    return { authenticator };
  } catch (thrown) {
    // The words of the library do not repeat the seed.
    const message = `notifier ${services.name}: nats_${option}: ${messageOf(thrown)}; name a file or seed that nsc has made`;
    throw new BelfryError('NOTIFIER_OPEN', message);
  }
}
