/** The receiver of a webhook, or the proxy before it, for a check that asks it for its methods and delivers nothing. */
import { ifPossible } from '../../base/error.ts';
import { type ReceiverAddress, receiverTls } from '../receiver-address.ts';
import { type ConnectionValues, rangesIn, writtenProxy } from './connection-options.ts';
import { environmentProxy } from './environment-proxy.ts';
import { addressRule } from './refused-addresses.ts';

/** Names show the origin alone: the path of a webhook is often its secret. */
export function webhookAddresses(values: ConnectionValues): readonly ReceiverAddress[] {
  const { url, unix_socket: path, proxy: written, http2 } = values;
  const proxy = written === undefined ? undefined : (writtenProxy(written) ?? proxyOfEnvironment(url));
  // Behind a proxy is what only the proxy can reach.
  if (proxy !== undefined) return [{ ...hostOf(proxy), name: `proxy ${proxy.origin}`, option: 'webhook_proxy' }];
  const { hostname } = url;
  const tls = url.protocol === 'https:' ? { tls: receiverTls('webhook', unbracketed(hostname), values) } : {};
  const asks = { protocol: 'http', host: url.host, path: url.pathname + url.search } as const;
  const address = { ...hostOf(url), name: url.origin, option: 'webhook_url', ...tls, ...(http2 ? {} : { asks }) };
  if (path !== undefined) return [{ ...address, at: { path }, option: 'webhook_unix_socket' }];
  return [{ ...address, refuses: addressRule(rangesIn(values.allow)) }];
}

function proxyOfEnvironment(url: URL): URL | undefined {
  return ifPossible(() => environmentProxy(url, process.env));
}

function hostOf({ hostname, port, protocol }: URL) {
  const host = unbracketed(hostname);
  return { at: { host, port: Number(port || (protocol === 'https:' ? 443 : 80)) }, transport: 'stream' } as const;
}

const unbracketed = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');
