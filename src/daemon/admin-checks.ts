/** What the file system says to the token of the API, before a daemon starts with it. */

import { minTokenLength } from '../config/admin-sockets.ts';
import type { Configuration } from '../config/configuration.ts';
import { readToken } from '../http-server/files.ts';
import { error, type OptionProblem } from '../option/problem.ts';
import { reasonOf } from './file-access.ts';
import { elsewhereProblem } from './file-checks.ts';

/** A token that cannot be read, or that somebody could guess, is an error. */
export function adminFileProblems({ admin: { token } }: Pick<Configuration, 'admin'>): readonly OptionProblem[] {
  if (token === undefined || 'text' in token) return [];
  if (!('file' in token)) {
    const problem = elsewhereProblem(token);
    return problem === undefined ? [] : [{ option: 'admin_token', ...problem }];
  }
  const option = 'admin_token_file';
  const unreadable = reasonOf(() => readToken(token));
  if (unreadable !== undefined) return [{ option, ...error(unreadable) }];
  if (readToken(token).length >= minTokenLength) return [];
  const message = `the token in ${token.file} has fewer than ${minTokenLength} characters`;
  return [{ option, ...error(message, 'make one with openssl rand -hex 24') }];
}
