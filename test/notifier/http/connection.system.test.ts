/** How a webhook reaches its receiver: private CAs, client certificates, Unix sockets, HTTP/2, compression, headers. */
import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Notifier, Outcome } from '../../../src/notifier/notifier.ts';
import { webhook } from '../../../src/notifier/webhook.ts';
import { scratchDirectory } from '../../os/scratch.ts';
import { openMethod, testServices } from '../open-method.ts';
import { eventNotification } from '../samples.ts';
import { type Authority, type Identity, makeAuthority } from './certificates.ts';
import { type Receiver, serveWith, startReceiver } from './http-peer.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);
const directory = scratchDirectory();

let authority: Authority;
let server: Identity;
beforeAll(() => {
  authority = makeAuthority(directory);
  server = authority.issue('server', 'IP:127.0.0.1');
});

const started: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

async function open(options: Readonly<Record<string, string>>): Promise<Notifier> {
  const notifier = await openMethod(webhook, options, testServices({ concurrency: 20, attemptTimeoutMs: 10_000 }));
  started.push(() => notifier.close());
  return notifier;
}

async function notify(notifier: Notifier, id = '01test'): Promise<Outcome | undefined> {
  const delivery = { notification: eventNotification(id), attempt: 1, lane: id };
  return (await notifier.notify([delivery], never))[0];
}

async function tell(options: Readonly<Record<string, string>>): Promise<Outcome | undefined> {
  return notify(await open(options));
}

async function https(identity: Identity, options: ServerOptions = {}): Promise<Receiver> {
  const tls = createHttpsServer({ cert: identity.cert, key: identity.keyText, ...options });
  const peer = await serveWith(tls, 'https', (response) => response.end());
  started.push(() => peer.stop());
  return peer;
}

const delivered = { status: 'delivered', detail: '200' };

describe('TLS', () => {
  it('trusts a private CA that is named, and none that is not', async () => {
    const peer = await https(server);
    expect(await tell({ url: `${peer.origin}/`, ca: authority.certificate })).toEqual(delivered);
    expect(await tell({ url: `${peer.origin}/` })).toMatchObject({
      status: 'retry',
      reason: expect.stringMatching(/webhook_ca$/),
    });
  });

  it('shows a client certificate to a receiver that asks for one', async () => {
    const client = authority.issue('client', 'DNS:belfry.example.org');
    const peer = await https(server, { requestCert: true, rejectUnauthorized: true, ca: authority.ca });
    const tls = { url: `${peer.origin}/`, ca: authority.certificate };
    const shown = { client_certificate: client.certificate, client_key: client.key };
    expect(await tell({ ...tls, ...shown })).toEqual(delivered);
    expect(await tell(tls)).toMatchObject({
      status: 'retry',
      reason: expect.stringMatching(/webhook_client_certificate/),
    });
  });

  it('says what to do about a certificate that has expired, one of another name, and a client that is not known', async () => {
    const expired = authority.issue('expired', 'IP:127.0.0.1', true);
    const other = authority.issue('other', 'DNS:other.example.org');
    const reasons = [/CERT_HAS_EXPIRED.*: renew/, /ALTNAME.*: write webhook_url/];
    for (const [i, identity] of [expired, other].entries()) {
      const peer = await https(identity);
      const outcome = await tell({ url: `${peer.origin}/`, ca: authority.certificate });
      expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringMatching(reasons[i] ?? /^$/) });
    }
  });

  it('is refused at the start with files that do not fit together', async () => {
    const one = authority.issue('one', 'DNS:one');
    const two = authority.issue('two', 'DNS:two');
    const url = 'https://127.0.0.1:9/';
    const wrong = { client_certificate: one.certificate, client_key: two.key };
    await expect(open({ url, ...wrong })).rejects.toMatchObject({
      code: 'NOTIFIER_OPEN',
      message: expect.stringMatching(/client_key/),
    });
    await expect(open({ url, ca: join(directory, 'none') })).rejects.toMatchObject({ code: 'NOTIFIER_OPEN' });
  });
});

describe('a Unix socket', () => {
  it('is connected to instead of the host of the URL', async () => {
    const path = join(directory, 'receiver.sock');
    const peer = await serveWith(createServer(), 'http', (response) => response.end(), { path });
    started.push(() => peer.stop());
    expect(await tell({ url: 'http://crm.invalid/hook', unix_socket: path })).toEqual(delivered);
    expect(peer.received[0]?.request).toMatchObject({ url: '/hook', headers: { host: 'crm.invalid' } });
  });

  it('that is not there is a failure that names it', async () => {
    const path = join(directory, 'absent.sock');
    const reason = expect.stringContaining(path);
    expect(await tell({ url: 'http://crm.invalid/', unix_socket: path })).toMatchObject({ status: 'retry', reason });
  });
});

describe('a request', () => {
  it('is compressed', async () => {
    const peer = await startReceiver((response) => response.end());
    started.push(() => peer.stop());
    expect(await tell({ url: `${peer.origin}/`, compress: 'gzip' })).toEqual(delivered);
    const [{ request, body } = expect.fail('nothing came')] = peer.received;
    expect(request.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(body.length) });
    expect(gunzipSync(body).toString()).toBe(eventNotification('01test').message);
  });

  it.each([
    [{ token: 'abc' }, 'Bearer abc'],
    [{ user: 'bélfry', password: 'pw:1' }, `Basic ${Buffer.from('bélfry:pw:1').toString('base64')}`],
  ])('authenticates: %j', async (options, authorization) => {
    const peer = await startReceiver((response) => response.end());
    started.push(() => peer.stop());
    await tell({ url: `${peer.origin}/`, ...options });
    expect(peer.received[0]?.request.headers.authorization).toBe(authorization);
  });

  it('has the method and the headers that are set', async () => {
    const peer = await startReceiver((response) => response.end());
    started.push(() => peer.stop());
    const headers = '"X-Tenant:  a b " X-Trace:on';
    expect(await tell({ url: `${peer.origin}/`, http_method: 'PUT', headers })).toEqual(delivered);
    expect(peer.received[0]?.request).toMatchObject({ method: 'PUT', headers: { 'x-tenant': 'a b', 'x-trace': 'on' } });
  });
});

describe('options that contradict each other', () => {
  const certificate = '/etc/hostname';
  it.each<[Record<string, string>, string[]]>([
    [{ ca: certificate }, ['ca']],
    [{ http2: 'yes' }, ['http2']],
    [{ url: 'https://r/', client_key: certificate }, ['client_key']],
    [{ unix_socket: `/${'x'.repeat(107)}` }, ['unix_socket']],
    [{ unix_socket: '/run/a', proxy: 'http://p:1' }, ['proxy']],
    [{ proxy: 'socks5://p:1' }, ['proxy']],
    [{ proxy: 'p:3128' }, ['proxy']],
    [{ proxy: 'environment', unix_socket: `/${'x'.repeat(106)}` }, ['proxy']],
    [{ allow: '10.0.0.0/8 10.0.0.0/33' }, ['allow']],
    [{ allow: 'example.org' }, ['allow']],
    [{ token: 'a', authorization: 'Bearer b' }, ['token']],
    [{ token: 'a', user: 'b', password: 'c' }, ['user']],
    [{ url: 'http://u:p@r/', token: 'a' }, ['token']],
    [{ user: 'a' }, ['user']],
    [{ password: 'a' }, ['password']],
    [{ user: 'a:b', password: 'c' }, ['user']],
    [{ token: 'a\u00e9' }, ['token']],
    [{ batch: '2' }, ['batch']],
    [{ allow: 'none' }, []],
    [{ allow: '10.0.0.0/8 fd00::/8 ::1' }, []],
    [{ proxy: 'environment' }, []],
  ])('are said by check: %j', (written, options) => {
    const values: Record<string, unknown> = { batch: 1, http2: false };
    for (const [name, value] of Object.entries({ url: 'http://r/', ...written }))
      values[name] = webhook.options[name]?.parse(value);
    const context = { name: 'x', builtIn: false, classes: undefined, servername: '', postmaster: '' };
    const problems = webhook.check(values, context);
    expect(problems.map(({ option }) => option)).toEqual(options);
    for (const { remedy } of problems) expect(remedy).toMatch(/./);
  });
});

describe('HTTP/2', () => {
  async function http2(): Promise<
    Receiver & { readonly sessions: ServerHttp2Session[]; readonly server: Http2Server }
  > {
    const secure = createSecureServer({ cert: server.cert, key: server.keyText });
    const sessions: ServerHttp2Session[] = [];
    secure.on('session', (session: ServerHttp2Session) => {
      sessions.push(session);
      session.on('error', () => {});
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const { port } = secure.address() as AddressInfo;
    const stop = async (): Promise<void> => {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => secure.close(resolve));
    };
    started.push(stop);
    return { origin: `https://127.0.0.1:${port}`, received: [], sessions, server: secure, stop };
  }

  const openHttp2 = (origin: string) => open({ url: `${origin}/`, ca: authority.certificate, http2: 'yes' });

  it('carries all requests beside each other over one connection', async () => {
    const peer = await http2();
    const waiting: (() => void)[] = [];
    peer.server.on('request', (request, response) => {
      request.resume().on('end', () => waiting.push(() => response.end()));
    });
    const notifier = await openHttp2(peer.origin);
    const outcomes = Array.from({ length: 20 }, (_, i) => notify(notifier, `${i}`));
    await expect.poll(() => waiting.length).toBe(20);
    for (const answer of waiting) answer();
    expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 20 }, () => delivered));
    expect(peer.sessions).toHaveLength(1);
  });

  it.each<[string, (session: ServerHttp2Session) => void]>([
    ['says GOAWAY', (session) => session.goaway(0)],
    ['closes it in order', (session) => session.close()],
    ['destroys it', (session) => session.destroy()],
  ])('outlives a receiver that %s', async (_, end) => {
    const peer = await http2();
    peer.server.on('request', (request, response) => request.resume().on('end', () => response.end()));
    const notifier = await openHttp2(peer.origin);
    for (let round = 1; round <= 3; round += 1) {
      const outcomes = [];
      // What was under way when it ended may have failed: it is delivered at the next attempt.
      for (let i = 0; i < 3; i += 1) outcomes.push(await notify(notifier, `${round}-${i}`));
      expect(outcomes.at(-1)).toEqual(delivered);
      const last = peer.sessions.at(-1);
      if (last !== undefined) end(last);
    }
    expect(peer.sessions.length).toBeGreaterThan(1);
  });

  it('is not spoken with a receiver that does not choose it, and the reason says so', async () => {
    const peer = await https(server);
    const outcome = await notify(await openHttp2(peer.origin));
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringMatching(/webhook_http2$/) });
  });
});
