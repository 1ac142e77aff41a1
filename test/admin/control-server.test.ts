import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askDaemon } from '../../src/admin/control-client.ts';
import { type ControlServer, type ControlServerOptions, openControlServer } from '../../src/admin/control-server.ts';
import { type AdminAnswer, type AdminRequest, adminAnswer } from '../../src/admin/protocol.ts';
import { BelfryError } from '../../src/base/error.ts';
import { bindStreamSocket } from '../../src/os/listening-socket.ts';
import { until } from '../support/until.ts';

const finished: AdminAnswer = { done: { changed: 0, inProgress: 0 } };
let directory: string;
let path: string;
let servers: ControlServer[];
let sockets: Socket[];
let defects: unknown[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bf-'));
  path = join(directory, 'control');
  [servers, sockets, defects] = [[], [], []];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => server.close()));
  rmSync(directory, { recursive: true });
});

async function* simple(): AsyncGenerator<AdminAnswer> {
  yield finished;
}

async function open(options: Partial<ControlServerOptions> = {}): Promise<ControlServer> {
  const onBug = (thrown: unknown): void => void defects.push(thrown);
  const server = await openControlServer({ path, runCommand: simple, onBug, ...options });
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

/** Sends bytes, ends, and answers with all that comes back. */
async function send(bytes: Uint8Array | string, end = true): Promise<readonly AdminAnswer[]> {
  const socket = await connect();
  socket.write(bytes);
  if (end) socket.end();
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString().split('\n').filter(Boolean);
  return lines.map((line) => adminAnswer.parse(JSON.parse(line)));
}

async function ask(request: AdminRequest): Promise<readonly AdminAnswer[]> {
  const answers: AdminAnswer[] = [];
  for await (const answer of (await askDaemon(path, request)) ?? []) answers.push(answer);
  return answers;
}

describe('the control socket', () => {
  it('is for its user alone, and its file goes with it', async () => {
    const server = await open();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await ask({ command: 'status' })).toEqual([finished]);
    await server.close();
    await server.close();
    expect(existsSync(path)).toBe(false);
    expect(await askDaemon(path, { command: 'status' })).toBeUndefined();
  });

  it('takes the place of what a crash has left, but steals from nobody and removes no other file', async () => {
    const crashed = createServer().listen(path);
    await once(crashed, 'listening');
    await expect(open()).rejects.toMatchObject({ code: 'SOCKET_IN_USE' });
    expect(existsSync(path)).toBe(true);
    await new Promise((resolve) => crashed.close(resolve));
    closeSync(bindStreamSocket(path, 0o600).fd);
    expect(existsSync(path)).toBe(true);
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: 'SOCKET_IN_USE' });
    expect(await ask({ command: 'status' })).toEqual([finished]);
    await first.close();
    writeFileSync(path, 'precious');
    await expect(open()).rejects.toMatchObject({ code: 'SOCKET_CREATE' });
    await expect(open({ path: '@belfry-control' })).rejects.toMatchObject({ code: 'SOCKET_PATH' });
    await expect(open({ path: join(directory, 'none/control') })).rejects.toMatchObject({ code: 'SOCKET_CREATE' });
  });

  it('hands on errors with their code, and tells of defects', async () => {
    await open({
      async *runCommand({ command }) {
        yield { progress: { done: 1, total: 2 } };
        if (command === 'audit') throw new BelfryError('BUSY', 'not now');
        throw new TypeError('a defect');
      },
    });
    await expect(ask({ command: 'audit' })).rejects.toMatchObject({ code: 'BUSY', message: 'not now' });
    expect(defects).toEqual([]);
    await expect(ask({ command: 'status' })).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(defects).toHaveLength(1);
  });

  it('answers an error to whatever is no request, and lives on', async () => {
    await open({ requestTimeoutMs: 5000 });
    const request = fc.record(
      {
        command: fc.constantFrom('status', 'list', 'show', 'retry', 'drop', 'replay', 'audit', '', 7, null),
        from: fc.constantFrom('queue', 'dead', 'x'),
        id: fc.oneof(fc.string(), fc.integer()),
        notifier: fc.oneof(fc.string(), fc.constant({})),
        sinceAt: fc.double(),
        selection: fc.oneof(fc.object(), fc.constant({ ids: ['a'] })),
        more: fc.anything(),
      },
      { requiredKeys: [] },
    );
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(`${text}\n`)),
      request.map((value) => Buffer.from(`${JSON.stringify(value)}\n`)),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (bytes) => {
        const answers = await send(bytes);
        expect(answers).toHaveLength(1);
        const [answer] = answers;
        if (answer !== undefined && 'error' in answer) expect(answer.error.code).toBe('BAD_INPUT');
        else expect(answer).toEqual(finished);
      }),
      { numRuns: 300 },
    );
    expect(defects).toEqual([]);
    expect(await ask({ command: 'status' })).toEqual([finished]);
  });

  it('bounds what it reads and how long it waits', async () => {
    const impatient = await open({ requestTimeoutMs: 20 });
    const [late] = await send('{"command":', false);
    expect(late).toMatchObject({ error: { code: 'BAD_INPUT', message: /in time/ } });
    await impatient.close();
    await open();
    const [large] = await send(`{"command":"status"${' '.repeat(70_000)}}\n`, false);
    expect(large).toMatchObject({ error: { code: 'BAD_INPUT', message: /longer/ } });
  });

  it('reads what has come though the process was busy until its time was over', async () => {
    await open({ requestTimeoutMs: 50 });
    const socket = await connect();
    // The server has taken the connection, and waits.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    socket.end(`${JSON.stringify({ command: 'status' })}\n`);
    const busyUntil = performance.now() + 200;
    while (performance.now() < busyUntil);
    expect(JSON.parse(await text(socket))).toEqual(finished);
  });

  it('serves so many at a time, and more when some have gone', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let served = 0;
    await open({
      async *runCommand() {
        served++;
        await released;
        yield finished;
      },
    });
    const waiting = Array.from({ length: 16 }, () => ask({ command: 'status' }));
    await until(() => served === 16);
    await expect(ask({ command: 'status' })).rejects.toMatchObject({ code: 'BUSY' });
    release();
    await Promise.all(waiting);
    expect(await ask({ command: 'status' })).toEqual([finished]);
  });

  it('refuses a client clearly however many connections do nothing', async () => {
    await open();
    for (let idle = 0; idle < 600; idle++) await connect();
    await expect(ask({ command: 'status' })).rejects.toMatchObject({ code: 'BUSY' });
  });

  it('makes no more rows than a client takes, and stops when it goes away', async () => {
    let [made, left] = [0, false];
    await open({
      async *runCommand() {
        try {
          for (;;) {
            made++;
            yield { error: { code: 'BUSY', message: 'x'.repeat(10_000) } };
          }
        } finally {
          left = true;
        }
      },
    });
    const socket = await connect();
    socket.pause();
    socket.write('{"command":"status"}\n');
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

  it('lets go of a client that takes nothing', async () => {
    let left = false;
    await open({
      answerTimeoutMs: 20,
      async *runCommand() {
        try {
          for (;;) yield { error: { code: 'BUSY', message: 'x'.repeat(10_000) } };
        } finally {
          left = true;
        }
      },
    });
    const socket = await connect();
    socket.pause();
    socket.write('{"command":"status"}\n');
    await until(() => left);
  });

  it('says what is wrong with the other end', async () => {
    const impostor = createServer((socket) => void socket.resume().end('HTTP/1.1 200 OK\r\n\r\n')).listen(path);
    await once(impostor, 'listening');
    await expect(ask({ command: 'status' })).rejects.toThrow(/control socket/);
    await new Promise((resolve) => impostor.close(resolve));
    await open({
      async *runCommand() {
        yield { progress: { done: 0, total: 1 } };
        await Promise.all(servers.map((server) => server.close()));
      },
    });
    await expect(ask({ command: 'status' })).rejects.toMatchObject({ code: 'SOCKET_IO' });
  });

  it.skipIf(process.getuid?.() === 0)('tells who may not use it what to do (root may)', async () => {
    await open();
    chmodSync(path, 0);
    await expect(ask({ command: 'status' })).rejects.toMatchObject({ code: 'SOCKET_PERMISSION' });
  });
});
