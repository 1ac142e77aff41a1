/** Which option the reason of a failure names. */
import { expect, it } from 'vitest';
import { optionHints } from '../../../src/notifier/http/option-hints.ts';

type Values = Parameters<typeof optionHints>[1];

const none: Values = {
  ...{ url: new URL('https://h/x'), user: undefined, path: undefined, unix_socket: undefined, proxy: undefined },
  ...{ authorization: undefined, authorization_file: undefined, token: undefined, token_file: undefined },
  ...{ password: undefined, password_file: undefined },
};

it.each<[string, Partial<Values>, number, string]>([
  ['no credentials', {}, 401, ' (set crm_webhook_token or crm_webhook_authorization)'],
  ['a token', { token: { text: 'x' } }, 401, ' (see crm_webhook_token)'],
  ['a file', { token_file: '/x' }, 401, ' (see crm_webhook_token_file)'],
  ['a password', { user: 'a', password: { text: 'x' } }, 401, ' (see crm_webhook_password)'],
  ['a URL with a password', { url: new URL('https://a:b@h/') }, 401, ' (see crm_webhook_url)'],
  ['a token', { token: { text: 'x' } }, 403, ' (see crm_webhook_token, crm_webhook_url)'],
  ['no credentials', {}, 403, ' (see crm_webhook_url)'],
  ['a path', { path: () => {} }, 404, ' (see crm_webhook_url, crm_webhook_path)'],
  ['no path', {}, 404, ' (see crm_webhook_url)'],
  ['a token', { token: { text: 'x' } }, 500, ''],
])('with %s %j, of %i', (_, values, status, hint) => {
  expect(optionHints('crm', { ...none, ...values }).ofStatus(status)).toBe(hint);
});

it.each<[Partial<Values>, string, string]>([
  [{}, 'getaddrinfo ENOTFOUND h', ' (see crm_webhook_url)'],
  [{}, 'connect ECONNREFUSED 127.0.0.1:1', ' (see crm_webhook_url)'],
  [{ unix_socket: '/x' }, 'connect ENOENT /x', ' (see crm_webhook_unix_socket)'],
  [{ proxy: 'http://p/' }, 'connect ECONNREFUSED 127.0.0.1:1', ' (see crm_webhook_proxy)'],
  [{}, 'read ECONNRESET', ''],
])('with %j, of "%s"', (values, message, hint) => {
  expect(optionHints('crm', { ...none, ...values }).ofFailure(message)).toBe(hint);
});
