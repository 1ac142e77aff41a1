import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { createServer, type ListenOptions } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import { shutDownWhenOrphaned, takeInheritedSockets } from '../../src/os/inherited-sockets.ts';
import { bind, close, connect, datagramSocket, F_DUPFD_CLOEXEC, fcntl, streamSocket } from '../../src/os/libc.ts';
import { socketAddress } from '../../src/os/socket-address.ts';
import { makeFifo } from '../notifier/make-fifo.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();
const undo: (() => unknown)[] = [];
let count = 0;

afterEach(async () => {
  for (const one of undo.splice(0)) await one();
});

function newPath(): string {
  count += 1;
  return join(directory, `s${count}`);
}

function datagramAt(path: string): number {
  const fd = datagramSocket();
  const { bytes } = socketAddress(path);
  expect(bind(fd, bytes, bytes.length)).toBe(0);
  undo.push(() => close(fd));
  return fd;
}

const descriptorOf = (socket: object): number => {
  const handle: unknown = Reflect.get(socket, '_handle');
  return typeof handle === 'object' && handle !== null ? Number(Reflect.get(handle, 'fd')) : -1;
};

async function listenerAt(where: ListenOptions): Promise<{ readonly fd: number; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(where, resolve));
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return { fd: descriptorOf(server), port: typeof address === 'object' && address !== null ? address.port : 0 };
}

/** Starts a program that has these as descriptors from 3 on. `LISTEN_PID: 'own'` is its own process. */
function inherit(descriptors: readonly number[], variables: Readonly<Record<string, string>>): unknown {
  const { LISTEN_PID: owner, ...others } = variables;
  const listenPid = owner === undefined ? '' : `LISTEN_PID=${owner === 'own' ? '$$' : owner}`;
  const file = join(import.meta.dirname, 'inherited-sockets.main.ts');
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', `${listenPid} exec "$@"`, 'sh', process.execPath, '--import', 'tsx', file],
    { stdio: ['ignore', 'pipe', 'pipe', ...descriptors], env: { PATH: process.env['PATH'], ...others } },
  );
  expect(`${stderr}`).toBe('');
  return JSON.parse(`${stdout}`);
}

const refused = (why: string) => ({ code: 'SOCKET_PASSED', message: expect.stringContaining(why) });

describe('socket activation', () => {
  it('passes on sockets of every kind, with their names and addresses, to us alone', async () => {
    const path = newPath();
    const stream = newPath();
    const v4 = await listenerAt({ port: 0, host: '127.0.0.1' });
    const v6 = await listenerAt({ port: 0, host: '::1' });
    const descriptors = [
      datagramAt(path),
      datagramAt(`@${path}`),
      (await listenerAt({ path: stream })).fd,
      v4.fd,
      v6.fd,
    ];
    const taken = inherit(descriptors, {
      LISTEN_PID: 'own',
      LISTEN_FDS: '5',
      LISTEN_FDNAMES: 'notify:unknown:notify-stream:http:http6',
    });
    expect(taken).toEqual({
      sockets: [
        { descriptor: 3, name: 'notify', kind: 'datagram', address: path },
        { descriptor: 4, name: 'unknown', kind: 'datagram', address: `@${path}` },
        { descriptor: 5, name: 'notify-stream', kind: 'stream', address: stream },
        { descriptor: 6, name: 'http', kind: 'tcp', address: `127.0.0.1:${v4.port}` },
        { descriptor: 7, name: 'http6', kind: 'tcp', address: `[::1]:${v6.port}` },
      ],
      remarks: [],
      variables: [],
      closed: [true, true, true, true, true],
    });
  });

  it.each([['1'], [undefined]])('that is meant for another process (LISTEN_PID %s) is ignored', (owner) => {
    const environment = { LISTEN_FDS: '1', ...(owner === undefined ? {} : { LISTEN_PID: owner }) };
    const remarks = [expect.stringContaining('LISTEN_PID')];
    expect(takeInheritedSockets(environment, process.pid)).toEqual({ sockets: [], remarks });
    expect(environment).toEqual({});
  });

  it.each(['x', '-1', '', '99999', '1 '])('with LISTEN_FDS "%s" is refused', (LISTEN_FDS) => {
    const environment = { LISTEN_PID: `${process.pid}`, LISTEN_FDS };
    expect(() => takeInheritedSockets(environment, process.pid)).toThrow(
      expect.objectContaining({ code: 'SOCKET_PASSED', message: expect.stringContaining('LISTEN_FDS') }),
    );
  });

  it('with more or fewer names than descriptors is refused', () => {
    const environment = { LISTEN_PID: `${process.pid}`, LISTEN_FDS: '1', LISTEN_FDNAMES: 'a:b' };
    expect(() => takeInheritedSockets(environment, process.pid)).toThrow(
      expect.objectContaining({ message: expect.stringContaining('LISTEN_FDNAMES has 2 names') }),
    );
  });

  it('refuses what is not a socket, naming the descriptor', () => {
    const file = openSync('/dev/null', 'r');
    undo.push(() => close(file));
    const variables = { LISTEN_PID: 'own', LISTEN_FDS: '2', LISTEN_FDNAMES: 'notify:other' };
    const taken = inherit([datagramAt(newPath()), file], variables);
    expect(taken).toEqual(refused('descriptor 4 (other)'));
  });

  it('refuses a connection, and a socket without an address', async () => {
    const one = { LISTEN_PID: 'own', LISTEN_FDS: '1' };
    const path = newPath();
    await listenerAt({ path });
    const connection = streamSocket();
    undo.push(() => close(connection));
    const { bytes } = socketAddress(path);
    expect(connect(connection, bytes, bytes.length)).toBe(0);
    expect(inherit([connection], one)).toEqual(refused('descriptor 3 '));

    const nameless = datagramSocket();
    undo.push(() => close(nameless));
    expect(inherit([nameless], one)).toEqual(refused('no address'));
  });
});

describe('a service of Cyrus master', () => {
  const cyrus = { CYRUS_SERVICE: 'notify', CYRUS_ID: '0' };

  it('has its socket on descriptor 4, behind the status pipe', () => {
    const path = newPath();
    const pipe = openSync('/dev/null', 'w');
    undo.push(() => close(pipe));
    expect(inherit([pipe, datagramAt(path)], cyrus)).toEqual({
      sockets: [{ descriptor: 4, name: 'notify', kind: 'datagram', address: path, lifeline: 3 }],
      remarks: [],
      variables: [],
      closed: [true],
    });
  });

  it('that is a daemon has none, also where the version of Cyrus does not say so', () => {
    const none = { sockets: [], remarks: [expect.stringContaining('daemon notify')] };
    const environment = { ...cyrus, CYRUS_ISDAEMON: '1' };
    expect(takeInheritedSockets(environment, process.pid)).toEqual(none);
    expect(environment).toEqual({});
    expect(inherit([], cyrus)).toMatchObject({ ...none, variables: [] });
  });
});

it('is shut down when the other end of its lifeline goes, and not before', async () => {
  const fifo = newPath();
  makeFifo(fifo);
  const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const lifeline = openSync(fifo, constants.O_WRONLY);
  const path = newPath();
  const descriptor = datagramAt(path);
  const orphaned = shutDownWhenOrphaned({ descriptor, name: '', kind: 'datagram', address: path, lifeline })();
  const sender = openDatagramSender(path);
  await sender.send(Buffer.from('taken'));
  closeSync(reading);
  await orphaned;
  await expect(sender.send(Buffer.from('refused'))).rejects.toThrow(expect.objectContaining({ code: 'SOCKET_ABSENT' }));
  sender.close();
  closeSync(lifeline);
});

it('is shut down also when its descriptor is closed before, and not what has got the number of that', async () => {
  const fifo = newPath();
  makeFifo(fifo);
  const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const lifeline = openSync(fifo, constants.O_WRONLY);
  const path = newPath();
  const bound = datagramAt(path);
  const toShutDown = openDatagramSender(path);
  const descriptor = fcntl(bound, F_DUPFD_CLOEXEC, 'int', 0);
  const orphaned = shutDownWhenOrphaned({ descriptor, name: '', kind: 'datagram', address: path, lifeline })();
  close(descriptor);
  const others = newPath();
  const other = datagramAt(others);
  expect(other).toBe(descriptor);
  closeSync(reading);
  await orphaned;
  const sender = openDatagramSender(others);
  await sender.send(Buffer.from('taken'));
  sender.close();
  await expect(toShutDown.send(Buffer.from('refused'))).rejects.toThrow(
    expect.objectContaining({ code: 'SOCKET_ABSENT' }),
  );
  toShutDown.close();
  closeSync(lifeline);
});

it('finds nothing where nothing was passed to us, and leaves other variables alone', () => {
  const environment = { PATH: '/bin', LISTEN_ADDRESS: 'mine' };
  expect(takeInheritedSockets(environment, process.pid)).toEqual({ sockets: [], remarks: [] });
  expect(environment).toEqual({ PATH: '/bin', LISTEN_ADDRESS: 'mine' });
});
