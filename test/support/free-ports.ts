/** Ports for the services of a peer, so that several peers can run on one machine. */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Below it the kernel gives a port to nobody who has not asked for that very one (ip(7), ip_local_port_range). */
const lowestGiven = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').split(/\s+/)[0]);
const lowest = 10_000;

/** A free port of this machine's own address for each name, which no connection and no other service gets by chance. */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Readonly<Record<Name, string>>> {
  const ports = new Set<number>();
  while (ports.size < names.length) {
    const port = lowestGiven > lowest + 1000 ? randomInt(lowest, lowestGiven) : 0;
    const free = await tryPort(port);
    if (free !== undefined) ports.add(free);
  }
  const found = [...ports];
  return Object.fromEntries(names.map((name, i) => [name, String(found[i])])) as Record<Name, string>;
}

/** The port that could be listened on; undefined when it could not. 0 is any. */
async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  const got = await new Promise<number | undefined>((resolve) => {
    server.on('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : undefined);
    });
  });
  if (got !== undefined) await new Promise((resolve) => server.close(resolve));
  return got;
}
