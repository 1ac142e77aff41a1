/** A server that speaks the API of the daemon as far as the page uses it, with samples: to look at the page while it is changed. */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import type { EventRow, Status } from '../../page/api/types.ts';
import { deadItems, emptyStatus, eventRow, groups, history, hostile, idle, now, status } from './samples.ts';

export const scenes = ['failing', 'well', 'fresh', 'nothing', 'hostile'] as const;
export type Scene = (typeof scenes)[number];

const folder = join(import.meta.dirname, '../../dist/page');
const types: Readonly<Record<string, string>> = {
  ...{ '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' },
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Times of the samples, moved to the present. */
function moved<T>(value: T): T {
  const distance = Date.now() - now;
  const at = /(?:At|^at|^until)$/;
  const change = (name: string, one: unknown): unknown => {
    if (typeof one === 'number' && at.test(name) && one > 1e12) return one + distance;
    if (Array.isArray(one) && name === 'at') return one.map((time) => Number(time) + distance);
    return one;
  };
  return JSON.parse(JSON.stringify(value, change));
}

export interface SampleServer {
  readonly server: Server;
  readonly url: string;
}

export async function startSampleServer(scene: Scene, port = 0): Promise<SampleServer> {
  const startedAt = Date.now();
  const answers = answersOf(scene, startedAt);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/api/events/live') return stream(scene, request, response);
    const answer = answers(pathname, searchParams);
    if (answer !== undefined) return send(response, 'application/json', JSON.stringify(moved(answer)));
    const name = pathname === '/' ? 'index.html' : /^\/page\/([\w-]+\.\w+)$/.exec(pathname)?.[1];
    if (name === undefined) return response.writeHead(404).end('{}');
    send(response, types[extname(name)] ?? 'text/plain', readFileSync(join(folder, name)));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return { server, url: `http://127.0.0.1:${bound}/` };
}

function send(response: ServerResponse, type: string, body: string | Buffer): void {
  response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(body);
}

function answersOf(scene: Scene, startedAt: number) {
  const isEmpty = scene === 'fresh' || scene === 'nothing';
  const rows = isEmpty ? [] : rowsOf(scene);
  const fixed: Readonly<Record<string, () => unknown>> = {
    '/api/session': () => ({ needsToken: false, authenticated: true }),
    '/api/status': () => withRates(statusOf(scene), startedAt),
    '/api/history': () => (isEmpty ? { ...history, at: [], received: [], delivered: [], notifiers: {} } : history),
    '/api/events': () => ({ items: rows }),
    '/api/dead/groups': () => ({ items: groupsOf(scene) }),
    '/api/dead': () => ({ items: deadItems }),
    '/api/queue': () => ({ items: deadItems.map((item) => ({ ...item, kind: 'deferred', dueAt: now + 48_000 })) }),
    '/api/dead/count': () => ({ changed: 0, inProgress: 0, matching: 20, at: now }),
    '/api/queue/count': () => ({ changed: 0, inProgress: 0, matching: 1204, at: now }),
    '/api/explain': () => ({
      text: '1. MessageNew, 127 bytes\n   user         john\n   valid        yes\n   crm          delivers it\n',
    }),
    '/api/configuration': () => ({
      ...{ files: ['/etc/imapd.conf', '/etc/belfry.conf'], loadedAt: now - 3 * 86_400_000 },
      refused: { at: now - 60_000, reason: '/etc/belfry.conf:14: crm_url is not a URL' },
      options: [
        { name: 'notifiers', value: 'archive crm phone', from: '/etc/belfry.conf:3' },
        { name: 'crm_url', value: 'https://crm.example.org/hook', from: '/etc/belfry.conf:7' },
        { name: 'crm_secret', value: '(hidden)', from: '/etc/belfry.conf:8' },
        { name: 'spool_retention', value: '24h', from: 'default' },
      ],
    }),
  };
  return (path: string, query: URLSearchParams): unknown => {
    const id = /^\/api\/events\/(\w+)$/.exec(path)?.[1];
    const row = id === undefined ? undefined : (rows.find((one) => one.id === id) ?? eventRow(5, now - 720_000));
    if (row !== undefined)
      return {
        ...row,
        id,
        bytes: Buffer.from(JSON.stringify({ event: row.event, user: row.user })).toString('base64'),
      };
    if (path === '/api/events' && query.has('user'))
      return { items: rows.filter(({ user }) => user === query.get('user')) };
    return (fixed[path] ?? (() => (path.startsWith('/api/') ? { changed: 20, inProgress: 0 } : undefined)))();
  };
}

function rowsOf(scene: Scene): readonly EventRow[] {
  const rows = Array.from({ length: 40 }, (_, index) => eventRow(1000 - index, now - index * 313));
  if (scene !== 'hostile') return rows;
  return rows.map((row, index) => {
    const text = hostile[index % hostile.length] ?? '';
    return {
      ...{ ...row, user: text, mailbox: text, event: index % 2 === 0 ? text.slice(0, 200) : row.event },
      notifiers: row.notifiers.map((one) => ({
        ...one,
        reason: text,
        attempts: one.attempts.map((each) => ({ ...each, reason: text })),
      })),
    };
  });
}

const groupsOf = (scene: Scene) => {
  if (scene === 'failing') return groups;
  if (scene !== 'hostile') return [];
  return hostile.map((reason, index) => ({
    notifier: 'crm',
    reason,
    count: index + 1,
    users: 1,
    firstAt: now,
    lastAt: now,
  }));
};

function statusOf(scene: Scene): Status {
  if (scene === 'fresh') return emptyStatus([idle]);
  if (scene === 'nothing') return emptyStatus([]);
  if (scene === 'well') {
    const notifiers = status.notifiers.map((one) => ({
      ...{
        ...one,
        waiting: 0,
        deferred: 0,
        dead: 0,
        receiver: { at: now },
        receiverPause: undefined,
        oldestAt: undefined,
      },
      state: { kind: 'ok' as const, text: 'ok' },
    }));
    const explanation = 'Everything received has been delivered.';
    return { ...status, notifiers, verdict: { level: 'ok', headline: 'All is well', explanation, problems: [] } };
  }
  if (scene !== 'hostile') return status;
  const [markup = ''] = hostile;
  const verdict = { ...status.verdict, headline: hostile[4] ?? '', explanation: hostile.join(' ') };
  const notifiers = status.notifiers.map((one, index) => ({
    ...one,
    receiver: { at: now - 60_000, failing: hostile[(index + 3) % hostile.length] ?? markup },
  }));
  return { ...status, host: markup, verdict, notifiers };
}

function withRates(one: Status, startedAt: number): Status {
  const seconds = (Date.now() - startedAt) / 1000;
  const notifiers = one.notifiers.map((each) =>
    each.state.kind === 'ok' ? { ...each, delivered: Math.round(each.delivered + seconds * 182) } : each,
  );
  if (one.received.total === 0) return one;
  return { ...one, received: { total: Math.round(one.received.total + seconds * 182) }, notifiers };
}

function stream(scene: Scene, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'content-security-policy': policy });
  response.write('retry: 2000\n\n');
  if (scene === 'fresh' || scene === 'nothing') return;
  let number = 2000;
  const timer = setInterval(() => {
    const row = eventRow(number++, Date.now());
    response.write(`event: entry\nid: ${row.id}\ndata: ${JSON.stringify(row)}\n\n`);
  }, 1500);
  request.on('close', () => clearInterval(timer));
}
