/** A webhook receiver: keeps every request it gets, or hangs. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Defer } from './workspace.ts';

export interface Received {
  readonly id: string;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  /** In the order in which they came in full. */
  readonly requests: readonly Received[];
  /** How many requests have begun, answered or not. */
  begun(): number;
}

/** `answer`: 204 for every request. `hang`: takes the connection and the request, and never says a word. */
export async function startReceiver(behaviour: 'answer' | 'hang', defer: Defer): Promise<Receiver> {
  const requests: Received[] = [];
  let begun = 0;
  const server = createServer((request, response) => {
    begun += 1;
    if (behaviour === 'hang') return;
    textOf(request).then(
      (body) => {
        requests.push({ id: String(request.headers['webhook-id']), body });
        response.writeHead(204).end();
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  defer(() => {
    server.closeAllConnections();
    return new Promise((resolve) => {
      server.close(() => resolve());
    });
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/events`, requests, begun: () => begun };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
