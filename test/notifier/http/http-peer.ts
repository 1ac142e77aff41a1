/** HTTP receivers for tests, and the parts of a notifier that sends to them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BodyFormat } from '../../../src/notifier/webhook/body-format.ts';

/** A request that has come whole. */
export interface Received {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

export interface Receiver {
  readonly origin: string;
  readonly received: Received[];
  stop(): Promise<void>;
}

/** Serves with `server`, whose requests it reads; `answer` answers. `origin` ends in the port. */
export async function serveWith(
  server: Server,
  scheme: 'http' | 'https',
  answer: (response: ServerResponse, got: Received) => void,
  at: { port: number; host: string } | { path: string } = { port: 0, host: '127.0.0.1' },
): Promise<Receiver> {
  const received: Received[] = [];
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const got = { request, body: Buffer.concat(chunks) };
      received.push(got);
      answer(response, got);
    });
  });
  await new Promise<void>((resolve) => server.listen(at, resolve));
  const address = server.address() as AddressInfo | string;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const origin = typeof address === 'string' ? `${scheme}://localhost` : `${scheme}://127.0.0.1:${address.port}`;
  return { origin, received, stop };
}

/** A receiver on 127.0.0.1. */
export function startReceiver(answer: (response: ServerResponse, got: Received) => void): Promise<Receiver> {
  return serveWith(createServer(), 'http', answer);
}

/** A format of several notifications: their ids, one on each line, with what their messages hold. */
export const idLines: BodyFormat = {
  takesSeveral: true,
  request: (notifications) => ({
    value: {
      method: 'POST',
      path: '/batch',
      headers: { 'content-type': 'application/x-ndjson' },
      body: notifications.map(({ id, message }) => `${JSON.stringify({ id, message })}\n`).join(''),
    },
  }),
};

/** The ids in a body of that format. */
export function idsIn({ body }: Pick<Received, 'body'>): readonly string[] {
  const lines = body.toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { id: string }).id);
}
