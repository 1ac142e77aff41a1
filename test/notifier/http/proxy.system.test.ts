/** A webhook behind an HTTP proxy: a tunnel for http and https, with and without a login, and every way in which a proxy fails. */
import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { environmentProxy } from '../../../src/notifier/http/environment-proxy.ts';
import type { Outcome } from '../../../src/notifier/notifier.ts';
import { webhook } from '../../../src/notifier/webhook.ts';
import { docsOf } from '../../../src/option/option.ts';
import { scratchDirectory } from '../../os/scratch.ts';
import { openMethod, testServices } from '../open-method.ts';
import { eventNotification } from '../samples.ts';
import { type Authority, makeAuthority } from './certificates.ts';
import { type Receiver, serveWith, startReceiver } from './http-peer.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);
const directory = scratchDirectory();
let authority: Authority;
beforeAll(() => {
  authority = makeAuthority(directory);
});

const started: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

interface Asked {
  readonly target: string;
  readonly authorization: string | undefined;
}

/** A proxy that tunnels to where the request says, unless `refuse` has a status line for it. */
async function startProxy(refuse: (request: IncomingMessage) => string | undefined = () => undefined) {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    const status = refuse(request);
    if (status !== undefined) {
      socket.end(status === '' ? '' : `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(request.url ?? '') ?? [];
    // Names are for the proxy to resolve: all of them are this machine.
    const to = connect(Number(port), /^[\d.]+$/.test(host) ? host : '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(to).pipe(socket);
    });
    sockets.add(to);
    to.on('error', () => socket.destroy());
    socket.on('error', () => to.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens nowhere');
  started.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: `127.0.0.1:${address.port}`, asked };
}

async function tell(options: Readonly<Record<string, string>>, count = 1): Promise<readonly (Outcome | undefined)[]> {
  const notifier = await openMethod(webhook, options, testServices({ attemptTimeoutMs: 5000 }));
  started.push(() => notifier.close());
  const outcomes: (Outcome | undefined)[] = [];
  for (let i = 0; i < count; i += 1) {
    const delivery = { notification: eventNotification(`${i}`), attempt: 1, lane: '' };
    outcomes.push(...(await notifier.notify([delivery], never)));
  }
  return outcomes;
}

async function plain(): Promise<Receiver> {
  const peer = await startReceiver((response) => response.end());
  started.push(() => peer.stop());
  return peer;
}

const delivered = { status: 'delivered', detail: '200' };

describe('a proxy', () => {
  it('makes a tunnel, which serves many requests', async () => {
    const [peer, proxy] = [await plain(), await startProxy()];
    expect(await tell({ url: `${peer.origin}/hook`, proxy: `http://${proxy.host}` }, 3)).toEqual([
      delivered,
      delivered,
      delivered,
    ]);
    // The pool opens a second connection while the first still hands out the end of an answer.
    expect(proxy.asked.length).toBeLessThanOrEqual(2);
    expect(proxy.asked[0]).toEqual({ target: new URL(peer.origin).host, authorization: undefined });
    expect(peer.received[0]?.request.headers['proxy-authorization']).toBeUndefined();
  });

  it('is logged in to, and resolves the name of the receiver', async () => {
    const [peer, proxy] = [await plain(), await startProxy()];
    const { port } = new URL(peer.origin);
    const outcomes = await tell({ url: `http://crm.invalid:${port}/`, proxy: `http://us%40er:pw@${proxy.host}/` });
    expect(outcomes).toEqual([delivered]);
    const authorization = `Basic ${Buffer.from('us@er:pw').toString('base64')}`;
    expect(proxy.asked).toEqual([{ target: `crm.invalid:${port}`, authorization }]);
  });

  it.each(['no', 'yes'])('carries TLS that only the receiver can read (HTTP/2: %s)', async (http2) => {
    const { cert, keyText } = authority.issue('behind', 'DNS:crm.invalid');
    const tls = { cert, key: keyText };
    const { createSecureServer } = await import('node:http2');
    const server = http2 === 'yes' ? createSecureServer(tls, (_, response) => response.end()) : createHttpsServer(tls);
    const proxy = await startProxy();
    let port = 0;
    if ('closeAllConnections' in server) {
      const peer = await serveWith(server, 'https', (response) => response.end());
      started.push(() => peer.stop());
      port = Number(new URL(peer.origin).port);
    } else {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      started.push(async () => server.close());
      const address = server.address();
      port = address === null || typeof address === 'string' ? 0 : address.port;
    }
    const options = {
      url: `https://crm.invalid:${port}/`,
      ca: authority.certificate,
      proxy: `http://${proxy.host}`,
      http2,
    };
    expect(await tell(options)).toEqual([delivered]);
  });

  it.each([
    ['407 Proxy Authentication Required', / 407 .*webhook_proxy$/],
    ['403 Forbidden', / 403 /],
    ['502 Bad Gateway', / 502 /],
    ['', /the proxy/],
  ])('that answers "%s" is the reason', async (status, reason) => {
    const [peer, proxy] = [await plain(), await startProxy(() => status)];
    const outcomes = await tell({ url: `${peer.origin}/`, proxy: `http://u:secret@${proxy.host}` });
    expect(outcomes).toMatchObject([{ status: 'retry', reason: expect.stringMatching(reason) }]);
    expect(JSON.stringify(outcomes)).not.toContain('secret');
    expect(peer.received).toEqual([]);
  });

  it('that is not there is the reason', async () => {
    const peer = await plain();
    const outcomes = await tell({ url: 'http://crm.invalid/', proxy: peer.origin.replace(/\d+$/, '1') });
    expect(outcomes).toMatchObject([{ status: 'retry', reason: expect.stringMatching(/proxy.*ECONNREFUSED/) }]);
  });
});

describe('the environment', () => {
  const proxy = (url: string, environment: Record<string, string>) => environmentProxy(new URL(url), environment)?.href;

  it.each<[string, Record<string, string>, string | undefined]>([
    ['https://a.example/', { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128/'],
    ['https://a.example/', { https_proxy: 'p:3128', HTTPS_PROXY: 'http://q' }, 'http://p:3128/'],
    ['http://a.example/', { HTTPS_PROXY: 'http://p:3128' }, undefined],
    ['http://a.example/', { HTTP_PROXY: 'http://p:3128' }, 'http://p:3128/'],
    ['http://a.example/', { ALL_PROXY: 'http://p:3128', http_proxy: '' }, 'http://p:3128/'],
    ['https://a.example/', { HTTPS_PROXY: 'http://p', NO_PROXY: 'example' }, undefined],
    ['https://a.example/', { HTTPS_PROXY: 'http://p', NO_PROXY: 'b.c, .example' }, undefined],
    ['https://a.example/', { HTTPS_PROXY: 'http://p', NO_PROXY: '*.example:443' }, undefined],
    ['https://a.example/', { HTTPS_PROXY: 'http://p', NO_PROXY: 'a.example:8443 xample' }, 'http://p/'],
    ['https://a.example/', { HTTPS_PROXY: 'http://p', no_proxy: '*' }, undefined],
    ['https://a.example/', {}, undefined],
  ])('for %s with %j names %s', (url, environment, expected) => {
    expect(proxy(url, environment)).toBe(expected);
  });

  it('with a proxy that belfry cannot use is refused', () => {
    expect(() => proxy('https://a/', { HTTPS_PROXY: 'socks5://p' })).toThrow('socks5:');
    expect(() => proxy('https://a/', { HTTPS_PROXY: 'http://[' })).toThrow();
  });
});

it.each(['http://a%zz:b@h/', 'http://a:%@h/'])(
  'a login that is wrongly encoded is a mistake of the option: %s',
  (proxy) => {
    const written = { ...Object.fromEntries(defaultsOf(webhook)), url: 'https://a.example/', proxy };
    const values: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(written)) values[name] = webhook.options[name]?.parse(text);
    const context = { name: 'crm', builtIn: false, classes: undefined, servername: 'h', postmaster: 'p' };
    expect(webhook.check(values, context).map(({ severity, option }) => `${severity} ${option}`)).toEqual([
      'error proxy',
    ]);
  },
);

function defaultsOf({ options }: typeof webhook): readonly (readonly [string, string])[] {
  return Object.entries(options).flatMap(([name, option]) => {
    const text = docsOf(option).default;
    return text === undefined ? [] : [[name, text] as const];
  });
}
