/**
 * What the network says to the addresses of `http_listen`. Only `belfry check` asks: a daemon that starts finds out by itself,
 * and one that reads its configuration again has them open already.
 */
import { createConnection, createServer } from 'node:net';
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
function refusalOf(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (thrown: NodeJS.ErrnoException) => resolve(thrown.code ?? thrown.message));
    server.listen({ host, port, ipv6Only: host.includes(':'), exclusive: true }, () => {
      server.close(() => resolve(undefined));
    });
  });
}

/** Whether a daemon with this control socket runs: then it is the one that listens. */
function isAnswered(controlSocket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(controlSocket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}
