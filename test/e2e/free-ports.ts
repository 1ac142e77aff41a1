/** Ports for the services of a peer, so that several peers can run on one machine. */
import { createServer } from 'node:net';

/** A free port of this machine's own address for each name. Somebody else could still take one before it is used. */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Readonly<Record<Name, string>>> {
  const servers = names.map(() => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(names.map((name, i) => [name, String(ports[i])])) as Record<Name, string>;
}
