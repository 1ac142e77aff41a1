/** Syslog servers in this process, which receive in the ways that a test asks for. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { openDatagramSocket } from '../../../src/os/unix-datagram.ts';

export interface SyslogReceiver {
  /** As `syslog_address` has it. */
  readonly address: string;
  /** Whole messages, in the order of arrival. */
  messages(): readonly string[] | Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface StreamReceiver extends SyslogReceiver {
  /** What `talk` is called with later, for each new connection; by default it reads. */
  onConnection(talk: (socket: Socket) => void): void;
  /** Whether open connections are read. */
  read(on: boolean): void;
  connections(): number;
  /** Ends the open connections, as a server does that is told to stop. */
  endConnections(): void;
}

const fixtures = join(import.meta.dirname, '../../fixtures/http');
/** Signed by itself, for localhost and 127.0.0.1. */
export const certificateFile = join(fixtures, 'certificate.pem');
export const keyFile = join(fixtures, 'key.pem');

/** The ids in the texts of the default form. */
export function idsIn(messages: readonly string[]): readonly string[] {
  return messages.map((message) => modern.exec(message)?.[1] ?? traditional.exec(message)?.[1] ?? message);
}
const modern = /^<\d+>1 (?:\S+ ){5}(?:-|\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\]) \ufeff?(\S+)/s;
const traditional = /\]: (\S+)/;

export interface UnixReceiver extends SyslogReceiver {
  /** From now on nothing is read, until `resume`. */
  pause(): Promise<void>;
  resume(): void;
}

export function unixReceiver(path: string): UnixReceiver {
  const socket = openDatagramSocket({ path });
  const got: string[] = [];
  const take = (): void => {
    for (const { bytes } of socket.receive(10_000)) got.push(Buffer.from(bytes).toString());
  };
  let abort = new AbortController();
  const read = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      take();
      await socket.ready(signal);
    }
  };
  let reading = read(abort.signal);
  const pause = async (): Promise<void> => {
    abort.abort();
    await reading;
  };
  return {
    address: path,
    messages: () => {
      if (!abort.signal.aborted) take();
      return got;
    },
    pause,
    resume: () => {
      abort = new AbortController();
      reading = read(abort.signal);
    },
    stop: async () => {
      await pause();
      socket.close();
    },
  };
}

export async function udpReceiver(): Promise<SyslogReceiver> {
  const socket = createSocket('udp4');
  const got: string[] = [];
  socket.on('message', (bytes) => got.push(bytes.toString()));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  let isOpen = true;
  return {
    address: `udp://127.0.0.1:${socket.address().port}`,
    // The kernel has what was sent; the loop has to look at it.
    messages: async () => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return got;
    },
    stop: async () => {
      if (isOpen) await new Promise<void>((resolve) => socket.close(() => resolve()));
      isOpen = false;
    },
  };
}

/** Over TLS where `tls` is given: the certificate of the fixtures, and these options. */
export async function streamReceiver(tls?: TlsOptions): Promise<StreamReceiver> {
  const got: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let isReading = true;
  let isOpen = true;
  let talk = (socket: Socket): void => {
    if (isReading) socket.resume();
    else socket.pause();
  };
  const serve = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (;;) {
        const [head = '', digits = ''] = /^(\d+) /.exec(rest.toString('latin1', 0, 12)) ?? [];
        const end = head.length + Number(digits);
        if (head === '' || rest.length < end) return;
        got.push(rest.toString('utf8', head.length, end));
        rest = rest.subarray(end);
      }
    });
    talk(socket);
  };
  const credentials = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
  const server: Server = tls === undefined ? createServer(serve) : createTlsServer({ ...credentials, ...tls }, serve);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `${tls === undefined ? 'tcp' : 'tls'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages: async () => {
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return got;
    },
    onConnection: (next) => {
      talk = next;
    },
    read: (on) => {
      isReading = on;
      for (const socket of sockets)
        if (on) socket.resume();
        else socket.pause();
    },
    connections: () => connections,
    endConnections: () => {
      for (const socket of sockets) socket.end();
    },
    stop: async () => {
      if (!isOpen) return;
      isOpen = false;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
