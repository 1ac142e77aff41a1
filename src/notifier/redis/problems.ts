/** What is wrong with options of method redis that are each right by themselves. */
import type { Secret } from '../../base/secret.ts';
import { error, type OptionProblem } from '../../option/problem.ts';
import { tlsFileProblems } from '../tls-files.ts';
import type { RedisAddress } from './address.ts';

interface Values {
  readonly url: RedisAddress;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly password_file: string | undefined;
  readonly ca: string | undefined;
  readonly client_certificate: string | undefined;
  readonly client_key: string | undefined;
}

export function problemsIn(values: Values): readonly OptionProblem[] {
  const { url, user, password, password_file: file } = values;
  const problems = [...tlsFileProblems(values, url.encrypts, 'write rediss:// in redis_url')];
  if (user !== undefined && password === undefined && file === undefined) {
    problems.push({
      option: 'user',
      ...error('there is no password for it', 'set redis_password or redis_password_file'),
    });
  }
  return problems;
}
