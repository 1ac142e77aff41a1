/** An HTTP server on this machine, for one run: both receivers of webhooks stand on it. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Defer } from './workspace.ts';

export interface LocalServer {
  readonly url: string;
  readonly server: Server;
}

/** Resolves when it listens, on a port that was free. Ended at the end of the run, with whatever hangs in it. */
export async function startLocalServer(listener: RequestListener, defer: Defer): Promise<LocalServer> {
  const server = createServer(listener);
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
  return { url: `http://127.0.0.1:${port}/events`, server };
}

/** The body of a request, once it has come in full. */
export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
