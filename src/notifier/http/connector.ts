/** Makes the connections of a webhook as its options say: by TLS, over a Unix socket, through a proxy, and not to refused addresses. */
import { buildConnector } from 'undici';
import { BelfryError, messageOf } from '../../base/error.ts';
import type { Services } from '../notifier.ts';
import { readTlsFiles, type TlsFiles } from '../tls-files.ts';
import { type ConnectionValues, rangesIn, writtenProxy } from './connection-options.ts';
import { environmentProxy } from './environment-proxy.ts';
import { guardedConnector, guardedLookup } from './guarded-connector.ts';
import { type HttpProxy, proxyConnector, proxyOf } from './proxy-connector.ts';
import { addressRule } from './refused-addresses.ts';

type Wanted = Pick<Services, 'name' | 'attemptTimeoutMs'>;

/** Reads the files that the options name. Throws BelfryError NOTIFIER_OPEN. */
export async function openConnector(
  values: ConnectionValues,
  services: Wanted,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<buildConnector.connector> {
  const { url, unix_socket: socketPath, http2: allowH2 } = values;
  const timeout = services.attemptTimeoutMs;
  const tls = await tlsOf(values, services);
  if (socketPath !== undefined) return speaking(allowH2, buildConnector({ timeout, allowH2, socketPath, ...tls }));
  const rule = addressRule(rangesIn(values.allow));
  const proxy = proxyFor(values, services, environment);
  if (proxy === undefined) {
    // It is handed to net.connect, which its type does not say.
    const direct = { timeout, allowH2, lookup: guardedLookup(rule), ...tls };
    return speaking(allowH2, guardedConnector(rule, buildConnector(direct)));
  }
  const tunnel = await proxyConnector(proxy, {
    toProxy: buildConnector({ timeout }),
    inTunnel: buildConnector({ timeout, allowH2, ...tls }),
    timeoutMs: timeout,
  });
  // The proxy resolves names; literals can be seen here.
  return speaking(allowH2, guardedConnector(rule, tunnel));

  function proxyFor(
    { proxy: written }: ConnectionValues,
    { name }: Wanted,
    from: NodeJS.ProcessEnv,
  ): HttpProxy | undefined {
    if (written === undefined) return undefined;
    try {
      const proxyUrl = writtenProxy(written) ?? environmentProxy(url, from);
      return proxyUrl && proxyOf(proxyUrl);
    } catch (error) {
      throw cannotOpen(name, `proxy: the variable of the environment is wrong: ${messageOf(error)}`);
    }
  }
}

/** Refuses a connection whose peer has not chosen HTTP/2 where that is wanted: requests would be pipelined over it. */
function speaking(http2: boolean, inner: buildConnector.connector): buildConnector.connector {
  if (!http2) return inner;
  return (options, callback) =>
    inner(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') return callback(null, socket);
      socket.destroy();
      return callback(new Error('the receiver does not speak HTTP/2: remove webhook_http2'), null);
    });
}

/** A key that is not that of the certificate is refused here, not at each attempt. */
async function tlsOf(values: ConnectionValues, services: Wanted): Promise<TlsFiles> {
  const files = readTlsFiles(values, 'webhook', services);
  if (files.cert === undefined) return files;
  const { createSecureContext } = await import('node:tls');
  try {
    createSecureContext(files);
    return files;
  } catch (error) {
    const message = `webhook_client_key is not the key of webhook_client_certificate: ${messageOf(error)}`;
    throw cannotOpen(services.name, message);
  }
}

function cannotOpen(notifier: string, message: string): BelfryError {
  return new BelfryError('NOTIFIER_OPEN', `notifier ${notifier}: ${message}`);
}
