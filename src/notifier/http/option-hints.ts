/** The option to look at where a receiver cannot be reached, or does not know who asks: the reason of a failure names it. */
import { type CredentialValues, credentialOptionOf } from './credentials.ts';

export interface OptionHints {
  /** After the words for a status, with a blank before it; empty where there is nothing to say. */
  ofStatus(status: number): string;
  /** After the words for a connection that could not be made. */
  ofFailure(message: string): string;
}

type Values = CredentialValues & {
  readonly path: unknown;
  readonly unix_socket: string | undefined;
  readonly proxy: unknown;
};

/** The host has no such name, or nothing listens there. */
const notThere = /\b(?:ENOTFOUND|ECONNREFUSED|ENOENT)\b/;

/** `name`: that of the notifier. */
export function optionHints(name: string, values: Values): OptionHints {
  const named = (key: string): string => `${name}_webhook_${key}`;
  const see = (...keys: readonly string[]): string => ` (see ${keys.map(named).join(', ')})`;
  const inUrl = values.url.username !== '' || values.url.password !== '';
  const credentials = credentialOptionOf(values) ?? (inUrl ? 'url' : undefined);
  const address = values.unix_socket !== undefined ? 'unix_socket' : values.proxy !== undefined ? 'proxy' : 'url';
  return {
    ofStatus(status) {
      switch (status) {
        case 401:
          return credentials === undefined ? ` (set ${named('token')} or ${named('authorization')})` : see(credentials);
        case 403:
          return see(...new Set([credentials ?? 'url', 'url']));
        case 404:
          return values.path === undefined ? see('url') : see('url', 'path');
        default:
          return '';
      }
    },
    ofFailure: (message) => (notThere.test(message) ? see(address) : ''),
  };
}
