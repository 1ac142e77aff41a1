/** Finds out whether a NATS server is there and speaks, before the library connects to it. */
import { connect } from 'node:net';

/**
 * Those of `hosts` (with their ports) that greet as NATS does. Rejects where none does, and at once when `signal` aborts. The library
 * (3.3.1) leaves its socket open for ever where a server accepts the connection and is silent: it would lose one with
 * each attempt.
 */
export async function greetingHosts(
  hosts: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const results = await Promise.allSettled(hosts.map((host) => greeting(host, timeoutMs, signal)));
  const greeted = hosts.filter((_, index) => results[index]?.status === 'fulfilled');
  if (greeted.length > 0) return greeted;
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return greeted;
}

function greeting(host: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const at = host.lastIndexOf(':');
  const hostname = host.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(host.slice(at + 1)), signal });
    const end = (error: Error): void => {
      reject(error);
      socket.destroy();
    };
    socket.setTimeout(timeoutMs, () => end(new Error('it accepts connections and is silent')));
    socket.on('error', end);
    socket.on('close', () => reject(new Error('it closed the connection without a greeting')));
    socket.once('data', (bytes: Buffer) => {
      if (bytes.toString('latin1', 0, 4) !== 'INFO') return end(new Error('it does not speak NATS'));
      resolve();
      socket.destroy();
    });
  });
}
