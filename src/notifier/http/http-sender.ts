/** The connections to one receiver: they are kept alive, bounded in number, and replaced when the receiver has closed them. */
import type { buildConnector } from 'undici';
import { type ExchangeEnding, type HttpRequest, httpExchange } from './http-exchange.ts';
import { watchedWire } from './http-wire.ts';

export interface SenderSettings {
  /** Scheme, host and port. */
  readonly origin: string;
  /** How many connections there may be. */
  readonly connections: number;
  readonly connector: buildConnector.connector;
  /** Its connections speak HTTP/2: one of them serves all requests. */
  readonly http2?: boolean;
}

export interface HttpSender {
  /** Never rejects; settles at once when `signal` aborts. */
  send(request: HttpRequest, signal: AbortSignal): Promise<ExchangeEnding>;
  /** Idempotent. What is under way fails. */
  close(): Promise<void>;
}

/**
 * The limits of time that undici has are per phase of an answer: a receiver that sends a byte now and then would never meet
 * one.
 */
const limits = { headersTimeout: 0, bodyTimeout: 0 };

/** Loads undici. */
export async function openHttpSender({
  origin,
  connections: most,
  connector,
  http2 = false,
}: SenderSettings): Promise<HttpSender> {
  const { Client, Pool } = await import('undici');
  const wire = watchedWire(connector);
  const protocol = http2 ? { allowH2: true, pipelining: most } : {};
  const connections = http2 ? 1 : most;
  // A connection that has brought an answer is free a moment after the next attempt may begin: without a bound twice as
  // many would be opened.
  const pool = new Pool(origin, { ...limits, ...protocol, connections, connect: wire.connect });

  /** Sends over a connection of its own. */
  async function sendAnew(request: HttpRequest, signal: AbortSignal): Promise<ExchangeEnding> {
    const ownWire = watchedWire(connector);
    const dispatcher = new Client(origin, { ...limits, ...protocol, connect: ownWire.connect });
    try {
      return await httpExchange({ dispatcher, wire: ownWire }, request, signal);
    } finally {
      await dispatcher.destroy();
    }
  }

  return {
    /**
     * A receiver may close a kept-alive connection at any time, also while a request is on its way to it (RFC 9112 §9.3.1).
     * That says nothing of the receiver, so the request is sent once more at once. Had it been taken after all, it comes
     * again under the same id.
     */
    async send(given, signal) {
      // Only so undici sends one beside others; it does not repeat one of its own accord.
      const request = http2 ? { ...given, idempotent: true } : given;
      const ending = await httpExchange({ dispatcher: pool, wire }, request, signal);
      return ending.how === 'failed' && ending.stale && !signal.aborted ? sendAnew(request, signal) : ending;
    },
    close: () => pool.destroy(),
  };
}
