/** The API as a program sees it that knows only its OpenAPI document, and as an attacker sees it. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createConnection } from 'node:net';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type Document, OpenAPIClientAxios } from 'openapi-client-axios';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdminServer } from '../../../src/admin/http/admin-server.ts';
import { callLimit } from '../../../src/admin/http/call-limit.ts';
import { openApiDocument } from '../../../src/admin/http/openapi.ts';
import { endpoints } from '../../../src/admin/http/table.ts';
import type { Spool } from '../../../src/spool/spool.ts';
import { until } from '../../support/until.ts';
import { append, memorySpool } from '../work.ts';
import { apiOf, serve } from './served.ts';

const token = 'correct-horse-battery-staple';
const authorization = `Bearer ${token}`;
let spool: Spool;
let api: ReturnType<typeof apiOf>;
let server: AdminServer;

beforeEach(async () => {
  spool = await memorySpool('crm', 'archive');
  api = apiOf(spool);
  server = await open();
});
afterEach(() => server.close());

function open(): Promise<AdminServer> {
  const tcp = { hosts: [], port: 1, token };
  const isTooMany = callLimit(() => performance.now());
  return serve(api, { place: { host: '127.0.0.1', port: 0 }, tcp, isTooMany });
}

/** Gives the notifier up on so many, each with a reason of its own and a common one. */
async function dead(...texts: readonly string[]): Promise<void> {
  const { last } = await spool.state();
  await append(spool, ...texts);
  for (const entry of await spool.read(last, texts.length)) {
    const reason = entry.position % 2 === 0 ? '410 Gone' : '400 Bad Request';
    const letter = { entry, lane: '', at: entry.receivedAt, reason, attempts: [] };
    await spool.commit('crm', { addDead: [letter], cursor: entry.position });
  }
}

interface Asked {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Asked> {
  const outgoing = httpRequest(`${server.address}${path}`, {
    method,
    agent: false,
    headers: { authorization, ...headers },
  });
  const [incoming] = await once(outgoing.end(body), 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return { status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks).toString() };
}

const post = (path: string, value: unknown, headers: Record<string, string> = {}): Promise<Asked> =>
  ask('POST', path, { 'content-type': 'application/json', ...headers }, JSON.stringify(value));

describe('the OpenAPI document', () => {
  it('is valid, names every endpoint, and no operation twice', async () => {
    const { body, status } = await ask('GET', '/api/openapi.json', { authorization: '' });
    expect(status).toBe(200);
    const document = JSON.parse(body);
    expect(document).toEqual(openApiDocument(endpoints, '1.2.3'));
    const { valid, errors } = await new Validator().validate(document);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    const operations = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap(Object.values);
    expect(operations).toHaveLength(endpoints.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(endpoints.length);
  });

  it('is all that a generated client needs: it finds a dead letter, and has it tried again', async () => {
    await dead('inbox:MessageNew', 'work:MessageNew');
    const document: Document = JSON.parse((await ask('GET', '/api/openapi.json')).body);
    const generated = new OpenAPIClientAxios({
      definition: { ...document, servers: [{ url: server.address }] },
      axiosConfigDefaults: { headers: { authorization }, proxy: false },
    });
    const client = await generated.getClient();
    const call = async (name: string, ...words: unknown[]) => {
      const operation = client[name] as unknown as (...given: unknown[]) => Promise<{ readonly data: unknown }>;
      return (await operation(...words)).data;
    };
    expect(await call('getStatus')).toMatchObject({ host: 'mail1.example.org' });
    expect(await call('getDeadGroups')).toMatchObject({ items: [{ count: 1 }, { count: 1 }] });
    const { items } = (await call('getDead', { notifier: 'crm', reason: '410 Gone' })) as { items: { id: string }[] };
    expect(items).toHaveLength(1);
    const selection = { ids: [items[0]?.id] };
    expect(await call('postDeadRetry', null, { notifier: 'crm', selection })).toEqual({ changed: 1, inProgress: 0 });
    expect((await spool.consumer('crm')).dead).toBe(1);
    expect(api.changes).toEqual([{ command: 'retry', from: '127.0.0.1', notifier: 'crm', selection }]);
  });
});

describe('lists', () => {
  it('go on page by page where the last one ended', async () => {
    await dead(...Array.from({ length: 25 }, (_, i) => `m${i}:MessageNew`));
    const seen: string[] = [];
    let [after, pages]: [string | undefined, number] = ['', 0];
    do {
      const query = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
      const { items, next } = JSON.parse((await ask('GET', `/api/dead?limit=7${query}`)).body);
      seen.push(...items.map(({ mailbox }: { mailbox: string }) => mailbox));
      [after, pages] = [next, pages + 1];
    } while (after !== undefined);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `m${i}`));
    expect(pages).toBe(4);
    expect((await ask('GET', '/api/dead?after=nonsense')).status).toBe(400);
    expect((await ask('GET', '/api/dead?limit=1001')).status).toBe(400);
    expect((await ask('GET', '/api/dead?surprise=1')).status).toBe(400);
  });
});

describe('a drop', () => {
  it('of more than one says how many before, and means no more than that', async () => {
    await dead('a:MessageNew', 'b:MessageNew');
    expect((await post('/api/dead/drop', { notifier: 'crm' })).status).toBe(400);
    const { matching, at } = JSON.parse((await post('/api/dead/count', { notifier: 'crm' })).body);
    expect(matching).toBe(2);
    await until(() => Date.now() > at);
    await dead('c:MessageNew');
    const later = await post('/api/dead/drop', { notifier: 'crm', expect: matching });
    expect([later.status, JSON.parse(later.body).code]).toEqual([409, 'CONFLICT']);
    expect((await spool.consumer('crm')).dead).toBe(3);
    const meant = { notifier: 'crm', expect: matching, selection: { receivedUntilAt: at } };
    expect(JSON.parse((await post('/api/dead/drop', meant)).body)).toEqual({ changed: 2, inProgress: 0 });
    expect((await spool.consumer('crm')).dead).toBe(1);
  });
});

describe('live events', () => {
  it('come as they are received, go on after the last one, and no more than a hundred watch', async () => {
    const watch = async (headers: Record<string, string> = {}, query = '') => {
      const outgoing = httpRequest(`${server.address}/api/events/live${query}`, {
        agent: false,
        headers: { authorization, ...headers },
      });
      const [incoming] = await once(outgoing.end(), 'response');
      const seen = { status: incoming.statusCode, text: '', end: () => outgoing.destroy() };
      incoming.on('data', (chunk: Buffer) => {
        seen.text += chunk.toString();
      });
      outgoing.on('error', () => {});
      return seen;
    };
    const first = await watch();
    const filtered = await watch({}, '?mailbox=work');
    await until(() => api.live.clients === 2);
    await append(spool, 'inbox:MessageNew', 'work:MessageNew');
    await until(() => first.text.includes('"mailbox":"work"') && filtered.text.includes('"mailbox":"work"'));
    expect(filtered.text).not.toContain('"mailbox":"inbox"');
    const [, firstId = ''] = /^id: (.*)$/m.exec(first.text) ?? [];
    first.end();
    filtered.end();
    await until(() => api.live.clients === 0);
    const again = await watch({ 'last-event-id': firstId });
    await until(() => again.text.includes('"mailbox":"work"'));
    expect(again.text).not.toContain('"mailbox":"inbox"');
    const others = await Promise.all(Array.from({ length: 99 }, () => watch()));
    await until(() => api.live.clients === 100);
    expect((await watch()).status).toBe(503);
    for (const one of [again, ...others]) one.end();
    await until(() => api.live.clients === 0);
  });
});

describe('an attacker', () => {
  it('gets nothing without the token, and is held back when guessing', async () => {
    const guarded = endpoints.filter(({ access }) => access !== 'open');
    expect(guarded.length).toBeGreaterThan(15);
    const tried: number[] = [];
    for (const { method, path } of guarded) {
      const { status, body } = await ask(method, path.replace(/\{\w+\}/g, 'crm'), { authorization: 'Bearer guess' });
      tried.push(status);
      expect(body).not.toContain('crm');
    }
    expect(new Set(tried)).toEqual(new Set([401, 429]));
    // Whoever has it is not kept out by that.
    expect((await ask('GET', '/api/status')).status).toBe(200);
  });

  it('cannot have a browser change anything by a form, nor with the cookie from another page', async () => {
    const login = await post('/api/session', { token }, { authorization: '' });
    expect(login.status).toBe(204);
    const cookie = String(login.headers['set-cookie']).split(';')[0] ?? '';
    const withCookie = { authorization: '', cookie };
    expect((await post('/api/notifiers/crm/pause', {}, withCookie)).status).toBe(200);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const form = await ask('POST', '/api/notifiers/crm/resume', { ...withCookie, 'content-type': type }, '{}');
      expect(form.status).toBe(400);
    }
    const elsewhere = await post('/api/notifiers/crm/resume', {}, { ...withCookie, origin: 'http://evil.example' });
    expect(elsewhere.status).toBe(403);
    expect((await ask('GET', '/api/events/live', { ...withCookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ask('OPTIONS', '/api/status', { origin: 'http://evil.example' })).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
    expect((await spool.consumer('crm')).pause?.until).toBeGreaterThan(Date.now());
    const ended = await ask('DELETE', '/api/session', withCookie);
    expect(ended.status).toBe(204);
    expect(String(ended.headers['set-cookie'])).toMatch(/Max-Age=0/);
    expect(api.bugs).toEqual([]);
  });

  it.each([
    '/../../etc/passwd',
    '/page/../../package.json',
    '/page/%2e%2e%2fpackage.json',
    '/page/..%5cx',
    '//etc/passwd',
    '/api/events/..%2f..%2fetc',
    '/page/\u0000'.replace('\u0000', '%00'),
  ])('finds no file by %s', async (path) => {
    const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(server.address).port) });
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
    );
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    expect(text).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(text).not.toMatch(/root:|"name": "belfry"/);
  });

  it('answers nobody with what a page could run', async () => {
    const markup = '<script>alert(1)</script>';
    await append(spool, `${markup}:MessageNew`);
    for (const path of [
      '/api/events',
      `/api/${encodeURIComponent(markup)}`,
      `/api/events/${encodeURIComponent(markup)}`,
    ]) {
      const { headers } = await ask('GET', path);
      expect(headers['content-type']).toMatch(/^application\/(problem\+)?json$/);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    }
  });

  it('keeps nobody out by connections that do nothing', async () => {
    const port = Number(new URL(server.address).port);
    const idle = Array.from({ length: 600 }, () => createConnection({ host: '127.0.0.1', port }).on('error', () => {}));
    await Promise.all(idle.map((socket) => (socket.connecting ? once(socket, 'connect') : undefined)));
    for (const socket of idle.slice(0, 300)) socket.write('GET /api/status HTTP/1.1\r\nHost: localhost\r\n');
    expect((await ask('GET', '/api/status')).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });
});
