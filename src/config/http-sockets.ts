/** Where to listen for HTTP, and which credentials to accept: the http_* options together. */
import type { Secret } from '../base/secret.ts';
import type { TlsFiles } from '../http-server/files.ts';
import type { HttpDefaults, HttpSetting } from '../intake/http/http-kind.ts';
import { defaultHttpMaxBytes, type httpOptions } from '../intake/http/http-options.ts';
import type { OptionValues } from '../option/option.ts';
import { error, type OptionProblem, warning } from '../option/problem.ts';
import { isLoopback, isSamePlace, placeIn } from './place.ts';
import { requestLimit } from './request-limit.ts';

type Values = OptionValues<typeof httpOptions>;

/**
 * The sockets, and what is wrong with those that cannot be used or with what they need. `spoolBytes`: spool_max_size.
 * `taken`: paths of other sockets, each with the option that it is in.
 */
export function httpSettings(
  values: Values,
  spoolBytes: number,
  taken: ReadonlyMap<string, string>,
): {
  readonly sockets: readonly HttpSetting[];
  readonly defaults: HttpDefaults;
  readonly problems: readonly OptionProblem[];
} {
  const problems: OptionProblem<keyof Values>[] = [];
  const fail = (option: keyof Values, message: string, remedy: string): void => {
    problems.push({ option, ...error(message, remedy) });
  };
  const authentication = authenticationOf(values, fail);
  const tls = tlsOf(values, fail);
  const words = values.http_listen ?? [];
  const { maxBytes, problem } = requestLimit(values.http_max_body, defaultHttpMaxBytes, spoolBytes);
  if (problem) problems.push({ option: 'http_max_body', ...problem });
  const common = {
    transport: 'http' as const,
    maxBodyBytes: maxBytes,
    maxConnections: values.http_max_connections,
    authentication,
  };
  const sockets = new Map<string, HttpSetting>();
  for (const [at, word] of words.entries()) {
    const place = placeIn(word);
    if ('message' in place) {
      problems.push({ option: 'http_listen', ...place });
      continue;
    }
    const twin = words.slice(0, at).find((other) => isSamePlace(placeIn(other), place));
    if (twin !== undefined) {
      const first = twin === word ? '' : ` (as ${twin} before)`;
      fail('http_listen', `${word} is listed twice${first}`, 'remove one of them');
      continue;
    }
    if ('path' in place) {
      const other = taken.get(place.path);
      if (other !== undefined) fail('http_listen', `${word} is the socket of ${other}`, 'choose another path');
      const { http_socket_mode: mode, http_socket_group: group } = values;
      sockets.set(word, { ...common, name: word, ...place, mode, ...(group === undefined ? {} : { group }) });
      continue;
    }
    sockets.set(word, { ...common, name: word, ...place, ...(tls === undefined ? {} : { tls }) });
    if (isLoopback(place.host)) continue;
    if (authentication.basic === undefined && authentication.token === undefined) {
      const remedy = 'set http_user and http_password_file, or http_token_file, or listen on 127.0.0.1 only';
      fail('http_listen', `${word} is reachable from other hosts, but no authentication is configured`, remedy);
    } else if (tls === undefined) {
      const message = `passwords and events travel to ${word} without encryption`;
      const remedy = 'set http_tls_certificate and http_tls_key';
      problems.push({ option: 'http_listen', ...warning(message, remedy) });
    }
  }
  const defaults = { ...common, ...(tls === undefined ? {} : { tls }) };
  return { sockets: [...sockets.values()], defaults, problems };
}

type Fail = (option: keyof Values, message: string, remedy: string) => void;

function authenticationOf(values: Values, fail: Fail): HttpSetting['authentication'] {
  const user = values.http_user;
  const password = secretOf(values, 'http_password', 'http_password_file', fail);
  const token = secretOf(values, 'http_token', 'http_token_file', fail);
  if (user !== undefined && password === undefined) {
    fail('http_user', 'http_user is set, but no password is', 'set http_password_file, or http_password');
  }
  if (user === undefined && password !== undefined) {
    const option = values.http_password === undefined ? 'http_password_file' : 'http_password';
    fail(option, 'http_password is set, but http_user is not', 'set http_user');
  }
  if (values.http_token !== undefined && 'text' in values.http_token && /\s/.test(values.http_token.text)) {
    fail(
      'http_token',
      'it contains white space, which no sender can send',
      'choose one without white space (RFC 6750 §2.1)',
    );
  }
  // RFC 7617 §2: what stands before the first colon is the name.
  if (user?.includes(':')) fail('http_user', 'it contains a colon', 'choose a name without one');
  return {
    ...(user === undefined || password === undefined ? {} : { basic: { user, password } }),
    ...(token === undefined ? {} : { token }),
  };
}

function secretOf(
  values: Values,
  own: 'http_password' | 'http_token',
  file: 'http_password_file' | 'http_token_file',
  fail: Fail,
): Secret | undefined {
  const { [own]: secret, [file]: path } = values;
  if (secret !== undefined && path !== undefined) fail(file, `${own} is set too`, 'remove one of them');
  return path === undefined ? secret : { file: path };
}

function tlsOf(values: Values, fail: Fail): TlsFiles | undefined {
  const { http_tls_certificate: certificate, http_tls_key: key } = values;
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate !== undefined) fail('http_tls_certificate', 'its key is missing', 'set http_tls_key');
  if (key !== undefined) fail('http_tls_key', 'its certificate is missing', 'set http_tls_certificate');
  return undefined;
}
