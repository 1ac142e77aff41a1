/**
 * What the network says to the addresses of `http_listen`. Only `belfry check` asks: a daemon that starts finds out by itself,
 * and one that reads its configuration again has them open already.
 */
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { codeOf, messageOf } from '../base/error.ts';
import type { Loaded } from '../config/load.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { error, type Problem, warning } from '../option/problem.ts';

/** Each address that cannot be opened now. Opens it for a moment. */
export async function addressProblems({ readable, placeOf }: Loaded): Promise<readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  for (const socket of readable.sockets) {
    if (socket.transport !== 'http' || socket.path !== undefined) continue;
    const { host, port } = socket;
    const code = await refusalOf(host, port);
    if (code === undefined) continue;
    if (code === 'EADDRINUSE' && (await isAnswered(readable.controlSocket))) continue;
    problems.push({ ...placeOf('http_listen'), ...problemOf(socket.name, port, code) });
  }
  return problems;
}

function problemOf(address: string, port: number, code: string): Problem {
  switch (code) {
    case 'EADDRINUSE': {
      const remedy = 'choose another port or stop that program, unless systemd has opened the port for belfry';
      return warning(`another program listens on ${address}`, remedy);
    }
    case 'EADDRNOTAVAIL':
      return error(`no network interface of this machine has the address ${address}`, 'use an address of this machine');
    case 'EACCES':
      return error(`this user may not listen on ${address}`, `use a port from 1024 on instead of ${port}`);
    default:
      return error(`belfry cannot listen on ${address}: ${code}`, 'choose another address');
  }
}

/** The code of the error with which the system refuses to listen there; undefined when it does not. */
async function refusalOf(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ host, port, ipv6Only: host.includes(':'), exclusive: true }), 'listening');
  } catch (thrown) {
    return codeOf(thrown) ?? messageOf(thrown);
  }
  await once(server.close(), 'close');
  return undefined;
}

/** Whether a daemon with this control socket runs: then it is the one that listens. */
async function isAnswered(controlSocket: string): Promise<boolean> {
  const connection = createConnection(controlSocket);
  try {
    await once(connection, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    connection.destroy();
  }
}
