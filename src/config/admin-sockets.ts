/** Where the API, the page and the metrics are served, and with which token: the admin_* options together. */
import type { Secret } from '../base/secret.ts';
import type { OptionValues } from '../option/option.ts';
import { error, type OptionProblem, warning } from '../option/problem.ts';
import type { adminOptions } from './admin-options.ts';
import { isLoopback, isSamePlace, placeIn } from './place.ts';

type Values = OptionValues<typeof adminOptions>;

/** One place to serve at; those of a Unix socket have a mode and perhaps a group. */
export type AdminPlace =
  | { readonly path: string; readonly mode: number; readonly group?: string }
  | { readonly path?: undefined; readonly host: string; readonly port: number };

export interface AdminSettings {
  /** With the API and the page. */
  readonly listen: readonly AdminPlace[];
  /** With metrics and health alone. */
  readonly metrics: readonly AdminPlace[];
  readonly token?: Secret;
  /** In lower case. */
  readonly hosts: readonly string[];
}

/** Characters of a token that nobody guesses. */
export const minTokenLength = 16;

/** `taken`: paths of other sockets, each with the option that it is in. */
export function adminSettings(
  values: Values,
  taken: ReadonlyMap<string, string>,
): { readonly settings: AdminSettings; readonly problems: readonly OptionProblem[] } {
  const problems: OptionProblem<keyof Values>[] = [];
  const { admin_token: written, admin_token_file: file, admin_socket_mode: mode, admin_socket_group: group } = values;
  if (written !== undefined && file !== undefined) {
    problems.push({ option: 'admin_token_file', ...error('admin_token is set too', 'remove one of them') });
  }
  const token = file === undefined ? written : { file };
  if (written !== undefined && 'text' in written && (written.text.length < minTokenLength || /\s/.test(written.text))) {
    const message = `the token must have at least ${minTokenLength} characters and no white space`;
    problems.push({ option: 'admin_token', ...error(message, 'make one with openssl rand -hex 24') });
  }
  const seen: { readonly word: string; readonly option: string }[] = [];
  const placesOf = (option: 'admin_listen' | 'metrics_listen'): AdminPlace[] =>
    (values[option] ?? []).flatMap((word): AdminPlace[] => {
      const place = placeIn(word);
      if ('message' in place) {
        problems.push({ option, ...place });
        return [];
      }
      const twin = seen.find((other) => isSamePlace(placeIn(other.word), place));
      const other = twin?.option ?? ('path' in place ? taken.get(place.path) : undefined);
      seen.push({ word, option });
      if (other !== undefined) {
        const message = other === option ? `${word} is listed twice` : `${word} is listed in ${other} too`;
        problems.push({ option, ...error(message, 'remove one of them, or choose another place') });
        return [];
      }
      if ('path' in place) return [{ ...place, mode, ...(group === undefined ? {} : { group }) }];
      const problem = option === 'admin_listen' ? exposure(word, place.host, token) : undefined;
      if (problem !== undefined) problems.push({ option, ...problem });
      return [place];
    });
  const [listen, metrics] = [placesOf('admin_listen'), placesOf('metrics_listen')];
  const hosts = (values.admin_hosts ?? []).map((host) => host.toLowerCase());
  return { settings: { listen, metrics, hosts, ...(token === undefined ? {} : { token }) }, problems };
}

function exposure(word: string, host: string, token: Secret | undefined) {
  if (token === undefined) {
    const message = `without a token ${word} answers nothing but health and metrics`;
    return warning(message, 'set admin_token_file');
  }
  if (isLoopback(host)) return undefined;
  const remedy = 'listen on 127.0.0.1, and put a web server with TLS in front of it or use ssh -L';
  return warning(`the token and the content of events travel to ${word} without encryption`, remedy);
}
