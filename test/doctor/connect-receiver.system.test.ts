/** Makes certificates with openssl. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectReceiver } from '../../src/doctor/connect-receiver.ts';
import type { ReceiverAddress } from '../../src/notifier/receiver-address.ts';
import { type Authority, makeAuthority } from '../notifier/http/certificates.ts';
import { scratchDirectory } from '../os/scratch.ts';

const directory = scratchDirectory();
const never = new AbortController().signal;
const stream = { name: 'x', transport: 'stream', option: 'webhook_url' } as const;

/** Listens until the end of the test; answers its port. */
async function listening(server: Server): Promise<number> {
  const open = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) => open.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await once(server.close(), 'close');
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const at = (port: number, host = '127.0.0.1'): ReceiverAddress => ({ ...stream, at: { host, port } });
const http = (port: number): ReceiverAddress => ({
  ...at(port),
  asks: { protocol: 'http', host: 'h', path: '/hook?a=1' },
});
const smtp = (port: number): ReceiverAddress => ({ ...at(port), asks: { protocol: 'smtp', name: 'me' } });

describe('a receiver', () => {
  it('of HTTP is asked for its methods, delivers nothing, and tells the time', async () => {
    const requests: string[] = [];
    const server = createHttpServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.writeHead(204, { date: 'Tue, 01 Dec 2026 06:00:00 GMT' }).end();
    });
    const reached = await connectReceiver(http(await listening(server)), never);
    expect(reached).toMatchObject({ reached: true, clockAt: Date.UTC(2026, 11, 1, 6) });
    expect(requests).toEqual(['OPTIONS /hook?a=1']);
  });

  it('of SMTP is greeted, and gets no mail', async () => {
    const said: string[] = [];
    const server = createServer((socket) => {
      socket.write('220 here\r\n');
      socket.setEncoding('latin1').on('data', (text: string) => {
        said.push(...text.trim().split('\r\n'));
        socket.write('250-here\r\n250 SIZE\r\n');
      });
    });
    expect(await connectReceiver(smtp(await listening(server)), never)).toMatchObject({ reached: true });
    expect(said[0]).toBe('EHLO me');
    expect(said.join()).not.toMatch(/MAIL/);
  });

  it('that is not there, has no name, refuses, or speaks something else', async () => {
    const server = createServer();
    const port = await listening(server);
    const other = createServer((socket) => socket.end('-ERR what\r\n'));
    expect(await connectReceiver(at(1), never)).toMatchObject({ reached: false, stage: 'connection' });
    expect(await connectReceiver(at(port, 'nowhere.invalid'), never)).toMatchObject({ reached: false, stage: 'name' });
    const refusing = { ...at(port), refuses: () => 'no' };
    expect(await connectReceiver(refusing, never)).toMatchObject({ reached: false, stage: 'address' });
    const elsewhere = await listening(other);
    expect(await connectReceiver(http(elsewhere), never)).toMatchObject({ reached: false, stage: 'answer' });
    const path = join(directory, 'none');
    expect(await connectReceiver({ ...stream, at: { path } }, never)).toMatchObject({
      reached: false,
      stage: 'connection',
    });
  });

  it('that hangs, or never ends its answer, holds nobody up', async () => {
    const hanging = await listening(createServer());
    const endless = await listening(
      createServer((socket) => void socket.on('error', () => {}).write('x'.repeat(100_000))),
    );
    // By time: nobody answers, so that only the limit ends it.
    const soon = AbortSignal.timeout(100);
    expect(await connectReceiver(http(hanging), soon)).toMatchObject({ reached: false, stage: 'answer' });
    expect(await connectReceiver(smtp(endless), never)).toMatchObject({ reached: false, stage: 'answer' });
  });
});

describe('a receiver over TLS', () => {
  let authority: Authority;
  beforeAll(() => {
    authority = makeAuthority(directory);
  });
  const tls = (port: number, ca: string | undefined, servername: string): ReceiverAddress => ({
    ...at(port),
    tls: { servername, caOption: 'webhook_ca', ca },
  });

  it('is verified: its CA, its name and its time', async () => {
    const { cert, keyText } = authority.issue('right', 'DNS:localhost');
    const port = await listening(createTlsServer({ cert, key: keyText }));
    const { certificate: ca } = authority;
    const failed = { reached: false, stage: 'TLS' };
    expect(await connectReceiver(tls(port, ca, 'localhost'), never)).toMatchObject({ reached: true });
    expect(await connectReceiver(tls(port, undefined, 'localhost'), never)).toMatchObject(failed);
    expect(await connectReceiver(tls(port, ca, 'other.example'), never)).toMatchObject(failed);
    const old = authority.issue('old', 'DNS:localhost', true);
    const expired = await listening(createTlsServer({ cert: old.cert, key: old.keyText }));
    const found = await connectReceiver(tls(expired, ca, 'localhost'), never);
    expect(found).toMatchObject({ ...failed, reason: expect.stringMatching(/expired/) });
    const plain = await listening(createServer((socket) => socket.end('hello\r\n')));
    expect(await connectReceiver(tls(plain, undefined, 'localhost'), never)).toMatchObject(failed);
  });

  it('of SMTP is encrypted after STARTTLS', async () => {
    const { cert, keyText } = authority.issue('smtp', 'DNS:localhost');
    const server = new SMTPServer({ cert, key: keyText, authOptional: true, logger: false });
    const address = server.listen(0, '127.0.0.1');
    await once(address, 'listening');
    onTestFinished(() => new Promise((resolve) => server.close(resolve)));
    const port = (address.address() as AddressInfo).port;
    const asks = (ca: string | undefined): ReceiverAddress => ({
      ...at(port),
      asks: { protocol: 'smtp', name: 'me', startTls: { servername: 'localhost', caOption: 'mailto_smtp_ca', ca } },
    });
    expect(await connectReceiver(asks(authority.certificate), never)).toMatchObject({ reached: true });
    server.on('error', () => {});
    expect(await connectReceiver(asks(undefined), never)).toMatchObject({ reached: false, stage: 'TLS' });
  });
});
