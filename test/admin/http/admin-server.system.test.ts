import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askDaemon } from '../../../src/admin/control-client.ts';
import type { AdminServer } from '../../../src/admin/http/admin-server.ts';
import type { AdminAnswer, AdminRequest } from '../../../src/admin/protocol.ts';
import { BelfryError } from '../../../src/base/error.ts';
import { bindStreamSocket } from '../../../src/os/listening-socket.ts';
import { until } from '../../support/until.ts';
import { memorySpool } from '../work.ts';
import { answering, apiOf, serve } from './served.ts';

const finished: AdminAnswer = { done: { changed: 0, inProgress: 0 } };
const status: AdminRequest = { command: 'status' };
let directory: string;
let path: string;
let servers: AdminServer[];
let sockets: Socket[];
let bugs: unknown[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bf-'));
  path = join(directory, 'control');
  [servers, sockets, bugs] = [[], [], []];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => server.close()));
  rmSync(directory, { recursive: true });
});

async function* simple(): AsyncGenerator<AdminAnswer> {
  yield finished;
}

interface Opening {
  readonly place?: { readonly path: string; readonly mode: number };
  readonly maxConnections?: number;
}

async function open(lines?: () => AsyncIterable<AdminAnswer>, { place = { path, mode: 0o600 }, ...own }: Opening = {}) {
  const api = apiOf(await memorySpool('a'), { onBug: (thrown) => void bugs.push(thrown) });
  const server = await serve(api, { place, ...(lines && { endpoints: answering(lines) }), ...own });
  servers.push(server);
  return server;
}

async function connect(): Promise<Socket> {
  const socket = createConnection(path);
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function ask(request: AdminRequest): Promise<readonly AdminAnswer[]> {
  const answers: AdminAnswer[] = [];
  for await (const answer of (await askDaemon(path, request)) ?? []) answers.push(answer);
  return answers;
}

const asked = 'GET /api/notifiers HTTP/1.1\r\nHost: belfry\r\nAccept: application/x-ndjson\r\n\r\n';

describe('the control socket', () => {
  it('is for its user alone, and its file goes with it', async () => {
    const server = await open(simple);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await ask(status)).toEqual([finished]);
    await server.close();
    await server.close();
    expect(existsSync(path)).toBe(false);
    expect(await askDaemon(path, status)).toBeUndefined();
  });

  it('takes the place of what a crash has left, but steals from nobody and removes no other file', async () => {
    const crashed = createServer().listen(path);
    await once(crashed, 'listening');
    await expect(open()).rejects.toMatchObject({ code: 'SOCKET_IN_USE' });
    expect(existsSync(path)).toBe(true);
    await new Promise((resolve) => crashed.close(resolve));
    closeSync(bindStreamSocket(path, 0o600).fd);
    expect(existsSync(path)).toBe(true);
    const first = await open(simple);
    await expect(open()).rejects.toMatchObject({ code: 'SOCKET_IN_USE' });
    expect(await ask(status)).toEqual([finished]);
    await first.close();
    writeFileSync(path, 'precious');
    await expect(open()).rejects.toMatchObject({ code: 'SOCKET_CREATE' });
    const abstract = { path: '@belfry-control', mode: 0o600 };
    await expect(open(simple, { place: abstract })).rejects.toMatchObject({ code: 'SOCKET_PATH' });
    const nowhere = { path: join(directory, 'none/control'), mode: 0o600 };
    await expect(open(simple, { place: nowhere })).rejects.toMatchObject({ code: 'SOCKET_CREATE' });
  });

  it('hands on errors with their code, and tells of bugs', async () => {
    let thrown: Error = new BelfryError('BUSY', 'not now');
    await open(async function* () {
      yield { progress: { done: 1, total: 2 } };
      throw thrown;
    });
    await expect(ask(status)).rejects.toMatchObject({ code: 'BUSY', message: 'not now' });
    expect(bugs).toEqual([]);
    thrown = new TypeError('a bug');
    await expect(ask(status)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(bugs).toHaveLength(1);
  });

  it('answers a problem to whatever is no command, and lives on', async () => {
    await open();
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant({ ids: ['a'] }), fc.object());
    const body = fc.record(
      { notifier: value, selection: value, sinceAt: value, forMs: value, expect: value, events: value, more: value },
      { requiredKeys: [] },
    );
    const target = fc.constantFrom(
      ...['/api/queue/retry', '/api/dead/drop', '/api/queue/count', '/api/replay', '/api/notifiers/a/pause'],
      ...['/api/notifiers/%00/resume', '/api/session', '/api/nothing', '/api/events/live', '/api/explain', '/metrics'],
    );
    const text = fc.oneof(
      fc.json(),
      fc.string(),
      body.map((one) => JSON.stringify(one)),
    );
    await fc.assert(
      fc.asyncProperty(target, text, fc.constantFrom('POST', 'GET', 'DELETE', 'PUT'), async (at, given, method) => {
        const bytes = Buffer.from(given);
        const head = `${method} ${at}?limit=x&a[]=1 HTTP/1.1\r\nHost: b\r\nConnection: close\r\nContent-Type: application/json\r\n`;
        const socket = await connect();
        socket.end(Buffer.concat([Buffer.from(`${head}Content-Length: ${bytes.length}\r\n\r\n`), bytes]));
        const [first] = (await once(socket, 'data')) as [Buffer];
        expect(first.toString('latin1')).toMatch(/^HTTP\/1\.1 (200|204|400|401|404|405|503) /);
        socket.destroy();
      }),
      { numRuns: 300 },
    );
    expect(bugs).toEqual([]);
    expect((await ask(status)).length).toBeGreaterThan(0);
  });

  it('bounds what it reads', async () => {
    await open();
    const socket = await connect();
    const body = `{"selection":{"ids":["${'x'.repeat(5_000_000)}"]}}`;
    socket.write(
      `POST /api/queue/count HTTP/1.1\r\nHost: b\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('serves so many at a time, and more when some have gone', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let served = 0;
    await open(async function* () {
      served++;
      await released;
      yield finished;
    });
    const waiting = Array.from({ length: 16 }, () => ask(status));
    await until(() => served === 16);
    await expect(ask(status)).rejects.toMatchObject({ code: 'BUSY' });
    release();
    await Promise.all(waiting);
    expect(await ask(status)).toEqual([finished]);
  });

  it('answers a client however many connections do nothing', async () => {
    await open(simple);
    for (let idle = 0; idle < 600; idle++) await connect();
    expect(await ask(status)).toEqual([finished]);
  });

  it('makes no more rows than a client takes, and stops when it goes away', async () => {
    let [made, left] = [0, false];
    await open(async function* () {
      try {
        for (;;) {
          made++;
          yield { error: { code: 'BUSY', message: 'x'.repeat(10_000) } };
        }
      } finally {
        left = true;
      }
    });
    const socket = await connect();
    socket.pause();
    socket.write(asked);
    let before = -1;
    await until(async () => {
      const steady = made > 0 && made === before;
      before = made;
      // By time: nothing shows that it waits, but that it makes no more.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return steady;
    });
    expect(made).toBeLessThan(1000);
    socket.destroy();
    await until(() => left);
  });

  it('says what is wrong with the other end', async () => {
    const impostor = createServer((socket) => void socket.resume().end('+OK hello\r\n')).listen(path);
    await once(impostor, 'listening');
    await expect(ask(status)).rejects.toThrow(/control socket/);
    await new Promise((resolve) => impostor.close(resolve));
    await open(async function* () {
      yield { progress: { done: 0, total: 1 } };
      await Promise.all(servers.map((server) => server.close()));
    });
    await expect(ask(status)).rejects.toMatchObject({ code: 'SOCKET_IO' });
  });

  it.skipIf(process.getuid?.() === 0)('tells who may not use it what to do (root may)', async () => {
    await open(simple);
    chmodSync(path, 0);
    await expect(ask(status)).rejects.toMatchObject({ code: 'SOCKET_PERMISSION' });
  });
});
