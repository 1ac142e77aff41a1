/** A webhook receiver: keeps every request it gets, or hangs. */
import { startLocalServer, textOf } from './local-server.ts';
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
  /** Breaks off whatever is under way. */
  hangUp(): void;
}

/** `answer`: 204 for every request. `hang`: takes the connection and the request, and never says a word. */
export async function startReceiver(behaviour: 'answer' | 'hang', defer: Defer): Promise<Receiver> {
  const requests: Received[] = [];
  let begun = 0;
  const { url, server } = await startLocalServer((request, response) => {
    begun += 1;
    if (behaviour === 'hang') return;
    textOf(request).then(
      (body) => {
        requests.push({ id: String(request.headers['webhook-id']), body });
        response.writeHead(204).end();
      },
      () => response.destroy(),
    );
  }, defer);
  return { url, requests, begun: () => begun, hangUp: () => server.closeAllConnections() };
}
