/** The options of how a webhook reaches its receiver: TLS, socket, proxy, HTTP/2, compression. */

import type { OptionValues } from '../../option/option.ts';
import { error, type OptionProblem } from '../../option/problem.ts';
import { choice, path, text, toggle, words } from '../../option/types.ts';
import { tlsFileOptions, tlsFileProblems } from '../tls-files.ts';
import { loginIn, loginMistake } from './login-in.ts';
import { isRange } from './refused-addresses.ts';

export const connectionOptions = {
  ...tlsFileOptions('receiver'),
  unix_socket: path({
    description:
      'The path of a Unix socket on which the receiver listens. Scheme, host and path of the request are still those of webhook_url.',
    absent: 'a connection to the host of the URL',
    example: '/run/receiver.sock',
  }),
  proxy: text({
    description:
      'The URL of an HTTP proxy, with a user and a password if it wants them, or `environment`: the one that HTTPS_PROXY (for a URL with http HTTP_PROXY) names, except for what NO_PROXY names. belfry asks it for a tunnel (CONNECT).',
    absent: 'no proxy, whatever the environment says',
    secret: true,
    example: 'http://proxy.example.org:3128',
  }),
  http2: toggle({
    description:
      'Whether to speak HTTP/2, with all requests over one connection. It needs a URL with https, and a receiver that speaks it.',
    default: 'no',
  }),
  compress: choice(
    {
      description:
        '`gzip`: the body is compressed, and the request has the header `content-encoding: gzip`. A signature is that of the body before.',
      default: 'none',
    },
    ['none', 'gzip'],
  ),
  allow: words({
    description:
      'If set, belfry connects to no private, loopback, link-local or otherwise special address (RFC 6890), except those in these ranges; `none`: except none. It is for a URL whose host somebody else controls. Metadata services of cloud providers (169.254.169.254) are always refused.',
    absent: 'any address but those of metadata services',
    example: '10.20.0.0/16 fd12:3456::/32',
  }),
};

export type ConnectionValues = OptionValues<typeof connectionOptions> & { readonly url: URL };

/** The ranges of webhook_allow; undefined where it is not set. */
export function rangesIn(allow: readonly string[] | undefined): readonly string[] | undefined {
  return allow?.filter((word) => word.toLowerCase() !== 'none');
}

/** The URL of a proxy; undefined where it is not written, or the environment decides. */
export function writtenProxy(proxy: string | undefined): URL | undefined {
  return proxy === undefined || proxy.toLowerCase() === 'environment' ? undefined : new URL(proxy);
}

/** What is wrong with them by themselves, and together. */
export function connectionProblems(values: ConnectionValues): readonly OptionProblem[] {
  const { url, unix_socket: socket, proxy, http2 } = values;
  const isTls = url.protocol === 'https:';
  const problems = [...tlsFileProblems(values, isTls, 'write webhook_url with https:')];
  const fail = (option: string, message: string, remedy: string): void => {
    problems.push({ option, ...error(message, remedy) });
  };
  if (http2 && !isTls) fail('http2', 'belfry speaks HTTP/2 only over TLS', 'write webhook_url with https:');
  if (socket !== undefined && Buffer.byteLength(socket) > 107) {
    fail('unix_socket', 'the path of a Unix socket has at most 107 bytes', 'choose a shorter path');
  }
  if (socket !== undefined && proxy !== undefined) {
    fail('proxy', 'there is no proxy before a Unix socket', 'leave out webhook_proxy or webhook_unix_socket');
  }
  const toProxy = proxy === undefined || !URL.canParse(proxy) ? undefined : new URL(proxy);
  if (proxy !== undefined && proxy.toLowerCase() !== 'environment' && !isProxyUrl(proxy)) {
    fail('proxy', 'it is neither the URL of a proxy nor environment', 'write it like http://proxy.example.org:3128');
  } else if (toProxy !== undefined && loginIn(toProxy) === undefined) fail('proxy', ...loginMistake);
  const ranges = rangesIn(values.allow);
  const wrong = ranges?.find((range) => !isRange(range));
  if (wrong !== undefined)
    fail('allow', `"${wrong}" is not a range of addresses`, 'write it like 10.20.0.0/16 or fd12:3456::/32');
  return problems;
}

function isProxyUrl(written: string): boolean {
  if (!URL.canParse(written)) return false;
  const { protocol, hostname, pathname, search } = new URL(written);
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '' && pathname === '/' && search === '';
}
