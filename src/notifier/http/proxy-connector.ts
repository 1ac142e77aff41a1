/** Makes connections through an HTTP proxy: it is asked for a tunnel (CONNECT, RFC 9110 §9.3.6), in which TLS is spoken with the receiver. */
import type { buildConnector } from 'undici';
import { messageOf } from '../../base/error.ts';
import { loginIn, loginMistake } from './login-in.ts';

export interface HttpProxy {
  readonly origin: string;
  /** Undefined without credentials. */
  readonly authorization: string | undefined;
}

export interface TunnelParts {
  /** To the proxy. */
  readonly toProxy: buildConnector.connector;
  /** Speaks TLS with the receiver, over the tunnel. */
  readonly inTunnel: buildConnector.connector;
  /** How long the proxy may take to make the tunnel. */
  readonly timeoutMs: number;
}

/** The proxy that a URL describes. Throws an Error where its user or password is wrongly encoded. */
export function proxyOf(url: URL): HttpProxy {
  const { origin, username, password } = url;
  if (username === '' && password === '') return { origin, authorization: undefined };
  const login = loginIn(url);
  if (login === undefined) throw new Error(loginMistake.join('; '));
  return { origin, authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

export async function proxyConnector(proxy: HttpProxy, parts: TunnelParts): Promise<buildConnector.connector> {
  const { Client } = await import('undici');
  const { toProxy, inTunnel, timeoutMs } = parts;

  async function tunnelTo(target: string) {
    const client = new Client(proxy.origin, { connect: toProxy, headersTimeout: timeoutMs });
    const login = proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization };
    try {
      const { statusCode, socket } = await client.connect({ path: target, headers: { host: target, ...login } });
      if (statusCode >= 200 && statusCode <= 299) return { socket };
      socket.on('error', () => {}).destroy();
      const remedy = statusCode === 407 ? ': correct the user and the password in webhook_proxy' : '';
      return { failed: `the proxy ${proxy.origin} answered ${statusCode} to CONNECT ${target}${remedy}` };
    } catch (error) {
      return { failed: `no connection through the proxy ${proxy.origin}: ${messageOf(error)}` };
    } finally {
      // A tunnel is no longer the client's.
      void client.destroy();
    }
  }

  return (options, callback) => {
    const port = options.port || (options.protocol === 'https:' ? '443' : '80');
    const { host } = new URL(`http://${options.host ?? options.hostname}`);
    const target = /:\d+$/.test(host) ? host : `${host}:${port}`;
    void tunnelTo(target).then((tunnel) => {
      if ('failed' in tunnel) return callback(new Error(tunnel.failed), null);
      const { socket } = tunnel;
      if (options.protocol !== 'https:') return callback(null, socket as Parameters<typeof callback>[1] & object);
      return inTunnel({ ...options, httpSocket: socket as NonNullable<typeof options.httpSocket> }, callback);
    });
  };
}
