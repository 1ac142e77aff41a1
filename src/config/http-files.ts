/** Whether the files that the options of HTTP name can be used, tried with the functions that read them. */
import type { HttpDefaults, HttpSetting } from '../intake/http/http-kind.ts';
import type { OptionProblem } from '../option/problem.ts';

/** Each reads what it is given as the daemon does at its start, and answers why that cannot be used. */
export interface HttpFileTrials {
  password(file: string): string | undefined;
  token(file: string): string | undefined;
  certificate(file: string): string | undefined;
  key(file: string): string | undefined;
  /** Two that can be used, each for itself. */
  pair(certificate: string, key: string): string | undefined;
}

/**
 * A file that a socket of the configuration needs is an error. One that only a socket
 * passed to the daemon would need is a warning: whether there will be one is not known here.
 */
export function httpFileProblems(
  sockets: readonly HttpSetting[],
  { authentication: { basic, token }, tls }: HttpDefaults,
  trials: HttpFileTrials,
): readonly OptionProblem[] {
  const problems: OptionProblem[] = [];
  const note = (option: string, needed: boolean, message: string | undefined): boolean => {
    if (message !== undefined) problems.push({ option, severity: needed ? 'error' : 'warning', message });
    return message === undefined;
  };
  const known = sockets.length > 0;
  if (basic && 'file' in basic.password) {
    note('http_password_file', known, trials.password(basic.password.file));
  }
  if (token && 'file' in token) note('http_token_file', known, trials.token(token.file));
  if (tls) {
    const encrypted = sockets.some((one) => one.path === undefined);
    const { certificate, key } = tls;
    const certificateIsFine = note('http_tls_certificate', encrypted, trials.certificate(certificate));
    const keyIsFine = note('http_tls_key', encrypted, trials.key(key));
    if (certificateIsFine && keyIsFine) note('http_tls_key', encrypted, trials.pair(certificate, key));
  }
  return problems;
}
