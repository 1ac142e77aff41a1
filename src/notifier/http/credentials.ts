/** The Authorization header of a webhook: its options, and the user and password in its URL. */
import { BelfryError, ifPossible } from '../../base/error.ts';
import type { Secret } from '../../base/secret.ts';
import { error, type OptionProblem } from '../../option/problem.ts';
import { secretOptions } from '../../option/secret.ts';
import type { Services } from '../notifier.ts';
import { readSecret } from '../secret.ts';

export const credentialOptions = {
  ...secretOptions('authorization', {
    description: 'The value of the Authorization header, with its scheme.',
    absent: 'the user and password of the URL',
    example: 'Bearer 3oN2YqBPVr8d',
  }),
};

export interface CredentialValues {
  readonly url: URL;
  readonly authorization: Secret | undefined;
  readonly authorization_file: string | undefined;
}

/** What keeps them from being used together. */
export function credentialProblems({
  url: target,
  authorization,
  authorization_file: file,
}: CredentialValues): readonly OptionProblem[] {
  const problems: OptionProblem[] = [];
  const fail = (option: string, message: string, remedy: string): void => {
    problems.push({ option, ...error(message, remedy) });
  };
  const inUrl = target.username !== '' || target.password !== '';
  if ((authorization ?? file) !== undefined && inUrl) {
    fail(
      file === undefined ? 'authorization' : 'authorization_file',
      'the URL already contains a user or a password',
      'leave one of them out',
    );
  }
  if (authorization !== undefined && 'text' in authorization && !isHeaderValue(authorization.text)) {
    fail('authorization', notForHeader, 'use ASCII only');
  }
  if (inUrl && credentialsIn(target) === undefined) {
    fail('url', 'the user or the password contains a % that is not encoded', 'write a % as %25');
  }
  return problems;
}

const notForHeader = 'it contains characters that are not possible in a header';

const isHeaderValue = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);

/** `user:password` of a URL, decoded; undefined when it is not encoded as a URL must be. */
function credentialsIn(target: URL): string | undefined {
  return ifPossible(() => `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`);
}

/** The Authorization header, from its option or from the URL's user and password (RFC 7617, UTF-8). */
export function authorizationOf(
  values: CredentialValues,
  { name }: Pick<Services, 'name'>,
): Readonly<Record<string, string>> {
  const authorization = readSecret(values, 'authorization', { name });
  if (authorization !== undefined && !isHeaderValue(authorization)) {
    throw new BelfryError('NOTIFIER_OPEN', `notifier ${name}: authorization: ${notForHeader}: use ASCII only`);
  }
  if (authorization !== undefined) return { authorization };
  const { url: target } = values;
  if (target.username === '' && target.password === '') return {};
  return { authorization: `Basic ${Buffer.from(credentialsIn(target) ?? '').toString('base64')}` };
}
