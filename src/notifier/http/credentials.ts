/** The Authorization header of a webhook: its options, and the user and password in its URL. */
import { BelfryError } from '../../base/error.ts';
import type { Secret } from '../../base/secret.ts';
import { error, type OptionProblem } from '../../option/problem.ts';
import { secretOptions } from '../../option/secret.ts';
import { text } from '../../option/types.ts';
import type { Services } from '../notifier.ts';
import { readSecret } from '../secret.ts';
import { loginIn, loginMistake } from './login-in.ts';

export const credentialOptions = {
  ...secretOptions('authorization', {
    description: 'The value of the Authorization header, with its scheme.',
    absent: 'the user and password of the URL',
    example: 'Bearer 3oN2YqBPVr8d',
  }),
  ...secretOptions('token', {
    description: 'The token of bearer authentication: the header is `Authorization: Bearer TOKEN`.',
    absent: 'none',
  }),
  user: text({
    description: 'The user name of basic authentication. It needs webhook_password.',
    absent: 'the user of the URL',
    example: 'belfry',
  }),
  ...secretOptions('password', {
    description: 'The password of basic authentication. It needs webhook_user.',
    absent: 'the password of the URL',
  }),
};

type Key = 'authorization' | 'token' | 'password';

export type CredentialValues = { readonly url: URL; readonly user: string | undefined } & {
  readonly [K in Key]: Secret | undefined;
} & { readonly [K in `${Key}_file`]: string | undefined };

/** What keeps them from being used together. */
export function credentialProblems(values: CredentialValues): readonly OptionProblem[] {
  const { url: target, user } = values;
  const problems: OptionProblem[] = [];
  const fail = (option: string, message: string, remedy: string): void => {
    problems.push({ option, ...error(message, remedy) });
  };
  const inUrl = target.username !== '' || target.password !== '';
  const password = optionOf(values, 'password');
  const basicOption = user === undefined ? password : 'user';
  const set = [optionOf(values, 'authorization'), optionOf(values, 'token'), basicOption];
  const [first, second] = set.filter((option) => option !== undefined);
  if (first !== undefined && inUrl) {
    fail(first, 'the URL already contains a user or a password', 'leave one of them out');
  } else if (first !== undefined && second !== undefined) {
    fail(second, `webhook_${first} is set, too, and there is one Authorization header`, 'leave one of them out');
  }
  if (user !== undefined && password === undefined) fail('user', 'there is no password for it', 'set webhook_password');
  if (user === undefined && password !== undefined) fail(password, 'there is no user for it', 'set webhook_user');
  if (user?.includes(':') === true)
    fail('user', 'the user name of basic authentication cannot contain a colon', 'choose another one');
  for (const key of ['authorization', 'token'] as const) {
    const secret = values[key];
    if (secret !== undefined && 'text' in secret && !isHeaderValue(secret.text))
      fail(key, notForHeader, 'use ASCII only');
  }
  if (inUrl && loginIn(target) === undefined) {
    fail('url', ...loginMistake);
  }
  return problems;
}

/** The option that the Authorization header comes from; undefined where it is none, or the URL. */
export function credentialOptionOf(values: CredentialValues): string | undefined {
  const keys = ['authorization', 'token', 'password'] as const;
  return keys.map((key) => optionOf(values, key)).find((option) => option !== undefined);
}

/** By which option a secret is set. */
function optionOf(values: CredentialValues, key: Key): string | undefined {
  if (values[`${key}_file`] !== undefined) return `${key}_file`;
  return values[key] === undefined ? undefined : key;
}

const notForHeader = 'it contains characters that are not possible in a header';

const isHeaderValue = (value: string): boolean => /^[\x20-\x7e]+$/.test(value);

const basic = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString('base64')}` });

/** The Authorization header (RFC 7617 with UTF-8, RFC 6750). Throws BelfryError NOTIFIER_OPEN for a secret that cannot be read or sent. */
export function authorizationOf(
  values: CredentialValues,
  { name }: Pick<Services, 'name'>,
): Readonly<Record<string, string>> {
  const inHeader = (key: 'authorization' | 'token'): string | undefined => {
    const secret = readSecret(values, key, { name });
    if (secret === undefined || isHeaderValue(secret)) return secret;
    throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: ${key}: ${notForHeader}: use ASCII only`);
  };
  const authorization = inHeader('authorization');
  if (authorization !== undefined) return { authorization };
  const token = inHeader('token');
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  const { url: target, user } = values;
  if (user !== undefined) return basic(`${user}:${readSecret(values, 'password', { name }) ?? ''}`);
  if (target.username === '' && target.password === '') return {};
  return basic(loginIn(target) ?? '');
}
