/** The notifier of a broker that confirms each message: over one connection, several lanes beside each other. */
import type { Notification, Notifier, Outcome } from '../notifier.ts';
import { byLane } from './by-lane.ts';
import type { OneConnection } from './one-connection.ts';
import { stopped } from './stopped.ts';

interface Parts {
  readonly maxBatch: number;
  /** For reasons. */
  readonly server: string;
  readonly attemptTimeoutMs: number;
  readonly connections: Pick<OneConnection<unknown>, 'drop' | 'close'>;
  /** Attempts one message. */
  publish(notification: Notification): Promise<Outcome>;
  /** What it means that `publish` has thrown. */
  failure(thrown: unknown): Outcome;
  /** Of what is not attempted after a failure in its lane; absent: the outcome of the one that failed. */
  readonly heldBack?: Outcome;
}

/** When the signal aborts, the connection is given up with all that is under way on it. */
export function publishByLane(parts: Parts): Notifier {
  const { maxBatch, server, attemptTimeoutMs, connections, publish, failure, heldBack } = parts;
  return {
    maxBatch,
    async notify(deliveries, signal) {
      const whyStopped = (): Outcome => stopped(server, signal, attemptTimeoutMs);
      if (signal.aborted) return deliveries.map(whyStopped);
      signal.addEventListener('abort', connections.drop, { once: true });
      try {
        const attempt = async (notification: Notification): Promise<Outcome> => {
          if (signal.aborted) return whyStopped();
          const outcome = await publish(notification).catch(failure);
          return signal.aborted && outcome.status === 'retry' ? whyStopped() : outcome;
        };
        return await byLane(
          deliveries,
          ({ notification }) => attempt(notification),
          () => (signal.aborted ? whyStopped() : heldBack),
        );
      } finally {
        signal.removeEventListener('abort', connections.drop);
      }
    },
    close: async () => connections.close(),
  };
}
