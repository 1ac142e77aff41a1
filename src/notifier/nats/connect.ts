/** A connection to NATS servers that is not made anew behind belfry's back. */
import { type ConnectionOptions as ConnectionOptionsOfTls, checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { ConnectionOptions, NatsConnection, TlsOptions } from '@nats-io/transport-node';
import { messageOf } from '../../base/error.ts';
import type { TlsFiles } from '../tls-files.ts';
import { greetingHosts } from './greeting.ts';
import type { NatsServers } from './servers.ts';

export interface NatsLink {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  /** Settles as `work` does, or rejects when the connection is lost or destroyed before: the library leaves a flush pending then. */
  unlessLost<T>(work: Promise<T>): Promise<T>;
  /** Ends it at once, without sending what is buffered. */
  destroy(): void;
  /** Whether the server has refused a message to this subject since it was last asked for: an error that comes by itself. */
  tookOffence(subject: string): string | undefined;
}

export interface NatsLibrary {
  connect(options: ConnectionOptions): Promise<NatsConnection>;
  jetstream(connection: NatsConnection, options: { readonly timeout: number }): JetStreamClient;
}

export interface NatsSettings {
  readonly servers: NatsServers;
  readonly credentials: ConnectionOptions;
  readonly tls: TlsFiles;
  readonly attemptTimeoutMs: number;
}

/** Later than this a server that accepts connections and is silent is given up; an attempt may end before. */
const connectTimeoutMs = 10_000;
const noWord = 'if the server wants a certificate from us, see nats_client_certificate';
/** The most refused subjects that are remembered until they are asked for. */
const maxOffences = 1000;

export async function connectNats(
  library: NatsLibrary,
  { servers, credentials, tls, attemptTimeoutMs }: NatsSettings,
  signal: AbortSignal,
): Promise<NatsLink> {
  const timeout = Math.min(attemptTimeoutMs, connectTimeoutMs);
  const hosts = await greetingHosts(servers.hosts, timeout, signal);
  const connecting = library.connect({
    ...credentials,
    servers: [...hosts],
    ...(servers.encrypts ? { tls: tlsOptions(tls, servers.hosts) } : {}),
    name: 'belfry',
    reconnect: false,
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
    timeout,
  });
  const connection = await unlessAborted(connecting, signal).catch((thrown: unknown) => {
    // Under TLS 1.3 what the server says to a wrong certificate is often lost in the end of the connection.
    const ended = servers.encrypts && /ECONNRESET|EPIPE/.test(messageOf(thrown));
    throw ended ? new Error(`${messageOf(thrown)}; ${noWord}`) : thrown;
  });
  const offences = new Map<string, string>();
  void watch(connection, offences);
  endOnGarbage(connection);
  const { unlessLost, lose } = waitersOf();
  void connection.closed().then((why) => lose(why instanceof Error ? why : new Error('the connection was closed')));
  return {
    connection,
    unlessLost,
    destroy() {
      lose(new Error('the connection was given up'));
      void connection.close();
    },
    // Attempts have a limit of their own, after which the connection is given up.
    jetstream: library.jetstream(connection, { timeout: attemptTimeoutMs + 1000 }),
    tookOffence(subject) {
      const message = offences.get(subject);
      offences.delete(subject);
      return message;
    },
  };
}

/** The library passes it on to tls.connect. */
type CheckedIdentity = Pick<ConnectionOptionsOfTls, 'checkServerIdentity'>;

/**
 * A certificate must be that of one of the servers. The library (3.3.1) does not say to which address it has connected: by itself,
 * Node would look for `localhost` in the certificate of a server that is named by its address.
 */
function tlsOptions(tls: TlsFiles, hosts: readonly string[]): TlsOptions & CheckedIdentity {
  const names = hosts.map((host) => host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
  return {
    ...Object.fromEntries(Object.entries(tls).map(([name, pem]) => [name, String(pem)])),
    checkServerIdentity(_: string, certificate: PeerCertificate): Error | undefined {
      const mistakes = names.map((name) => checkServerIdentity(name, certificate));
      return mistakes.includes(undefined) ? undefined : mistakes[0];
    },
  };
}

/** The library cannot be asked to stop: what it makes after that is closed. */
async function unlessAborted(connecting: Promise<NatsConnection>, signal: AbortSignal): Promise<NatsConnection> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('the connection was given up'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([connecting, aborted]);
  } catch (thrown) {
    connecting.then(
      (late) => late.close(),
      () => {},
    );
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Those who wait for an answer of the connection. */
function waitersOf(): { unlessLost: NatsLink['unlessLost']; lose(why: Error): void } {
  const waiters = new Set<(why: Error) => void>();
  return {
    unlessLost: (work) =>
      new Promise((resolve, reject) => {
        waiters.add(reject);
        work.then(resolve, reject).finally(() => waiters.delete(reject));
      }),
    lose(why) {
      for (const reject of waiters) reject(why);
      waiters.clear();
    },
  };
}

/**
 * The library prints what its parser does not understand on standard output, and never reads again. Here the connection ends
 * instead. If another version is made differently, the time limit of the attempt ends it.
 */
function endOnGarbage(connection: NatsConnection): void {
  const { protocol } = connection as { readonly protocol?: { parser?: { parse(bytes: Uint8Array): void } } };
  const parser = protocol?.parser;
  if (parser === undefined) return;
  const parse = parser.parse.bind(parser);
  let failed = false;
  parser.parse = (bytes) => {
    if (failed) return;
    try {
      parse(bytes);
    } catch {
      failed = true;
      void connection.close();
    }
  };
}

/** Ends with the connection. */
async function watch(connection: NatsConnection, offences: Map<string, string>): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type !== 'error' || !('operation' in status.error) || offences.size >= maxOffences) continue;
    const { error } = status;
    if ('subject' in error) offences.set(String(error.subject), error.message);
  }
}
