/** Ports for the services of a peer, so that several peers can run on one machine. */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type ListenOptions, type Server } from 'node:net';

/** Below it the kernel gives a port to nobody who has not asked for that very one (ip(7), ip_local_port_range). */
const lowestGiven = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').split(/\s+/)[0]);
const lowest = 10_000;

/**
 * A free port of this machine's own address for each name. No connection gets it by chance, and no other test before
 * this process ends.
 */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Readonly<Record<Name, string>>> {
  const ports: string[] = [];
  while (ports.length < names.length) {
    const port = await tryPort(lowestGiven > lowest + 1000 ? randomInt(lowest, lowestGiven) : 0);
    if (port !== undefined && (await reserve(port))) ports.push(String(port));
  }
  return Object.fromEntries(names.map((name, i) => [name, ports[i]])) as Record<Name, string>;
}

/** The port that could be listened on; undefined when it could not. 0 is any. */
async function tryPort(port: number): Promise<number | undefined> {
  const server = await listening({ port, host: '127.0.0.1' });
  if (server === undefined) return undefined;
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : undefined;
}

/**
 * Tells the tests of other processes that this port is taken, for the peer that will listen on it takes its time: the
 * name of an abstract socket can be had by one process only, and is free again when that ends. False when it was taken.
 */
async function reserve(port: number): Promise<boolean> {
  const server = await listening({ path: `\0belfry-test-port-${port}` });
  server?.unref();
  return server !== undefined;
}

function listening(where: ListenOptions): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.on('error', () => resolve(undefined));
    server.listen(where, () => resolve(server));
  });
}
