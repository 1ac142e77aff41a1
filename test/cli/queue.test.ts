import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { openDaemonLog } from '../../src/log/daemon-log.ts';
import { methods } from '../../src/notifier/table.ts';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import { openLmdbSpool } from '../../src/spool/lmdb/lmdb-spool.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemoryEngine } from '../daemon/memory-engine.ts';
import { until } from '../support/until.ts';
import { type Said, said } from './said.ts';

/** A request of Cyrus, but for the default method. */
function captured(name: string): Uint8Array {
  const bytes = readFileSync(join(import.meta.dirname, '../fixtures/cyrus', name));
  return bytes.subarray(bytes.indexOf(0));
}

const newMail = captured('028-MessageNew.bin');
const login = captured('001-Login.bin');

let directory: string;
let file: string;
let server: Server;
let mended: boolean;
let seen: string[];
let daemon: Daemon | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bf-'));
  file = join(directory, 'belfry.conf');
  [mended, seen, daemon] = [false, [], undefined];
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (mended) seen.push(String(request.headers['webhook-id']));
      response.writeHead(mended ? 204 : 400).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await daemon?.stop();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

function configure(notifiers: readonly string[] = ['notifiers: crm']): Configuration {
  const { port } = server.address() as AddressInfo;
  const lines = [
    `configdirectory: ${directory}`,
    `notifysocket: ${directory}/notify`,
    'event_groups: message access',
    ...notifiers,
    'crm_method: webhook',
    `crm_webhook_url: http://127.0.0.1:${port}/`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { configuration, problems } = loadConfiguration(file, { methods });
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration;
}

async function startDaemon(configuration = configure()): Promise<void> {
  const sink = openSync(join(directory, 'log'), 'a');
  const log = openDaemonLog('info', sink);
  const onFailure = (reason: string): never => {
    throw new Error(reason);
  };
  daemon = await Daemon.start(configuration, { log, onFailure, openEngine: openMemoryEngine });
  const { stop } = daemon;
  const running = daemon;
  daemon.stop = async () => {
    await stop.call(running);
    closeSync(sink);
  };
}

async function send(...requests: readonly Uint8Array[]): Promise<void> {
  const sender = openDatagramSender(join(directory, 'notify'));
  for (const request of requests) await sender.send(request);
  sender.close();
}

async function belfry(...words: string[]): Promise<Said> {
  const all = await said([...words, '-C', file], 100);
  const { out } = all;
  for (const line of words.includes('--json') ? [] : out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  return all;
}

async function rows(...words: string[]): Promise<readonly Record<string, unknown>[]> {
  const { out } = await belfry(...words, '--json');
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const counts = async (notifier: string) => (await rows('queue')).find((row) => row['notifier'] === notifier) ?? {};

describe('belfry queue, dead and replay on a running daemon', () => {
  it('show what is dead, try it again after the receiver is mended, and prove that nothing is lost', async () => {
    await startDaemon();
    await send(newMail, login, newMail, Buffer.from('\u001b[31mgarbage\u0007'));
    await until(async () => (await counts('crm'))['dead'] === 3 && (await counts('unusable'))['dead'] === 1);

    const { out } = await belfry('dead', 'list', '--notifier', 'crm');
    expect(out.match(/MessageNew/g)).toHaveLength(2);
    expect(out).toMatch(/dead for 0?\d*s?.*, 1 attempt: rejected: /);
    const [letter] = await rows('dead', 'list', '--event', 'login');
    const shown = await belfry('dead', 'show', String(letter?.['id']));
    expect(shown.out).toMatch(/event +Login\n/);
    expect(shown.out).toMatch(/crm: dead/);
    const former = await belfry('dead', 'list', '-n', 'set-aside');
    expect(former).toMatchObject({
      status: 0,
      err: expect.stringMatching(/-n unusable/),
      out: expect.stringMatching(/unusable/),
    });
    expect((await belfry('dead', 'list', '-n', 'unusable')).out).toMatch(/\(unreadable\)|EVENT/);

    mended = true;
    const retried = await belfry('dead', 'retry', '-n', 'crm');
    expect(retried).toEqual({ out: expect.stringMatching(/^3 notifications .*\n$/), err: '', status: 0 });
    await until(() => seen.length === 3);
    expect(seen).toContain(letter?.['id']);
    await until(async () => (await counts('crm'))['delivered'] === 3);
    const audit = await belfry('queue', '--audit');
    expect(audit.status).toBe(0);
    expect(audit.out).toMatch(/^crm +4 +3 +1 +0 +0 +0 +0 +0 {2}yes$/m);
    expect(audit.out).toMatch(/^unusable +4 +0 +3 +0 +0 +1 +0 +0 {2}yes$/m);

    expect((await belfry('dead', 'drop')).status).toBe(64);
    expect((await belfry('dead', 'drop', '--all')).out).toBe('1 notification dropped.\n');
    expect((await belfry('queue', 'list')).out).toBe('None.\n');
    expect((await belfry('queue')).out).toMatch(/^NOTIFIER .*\ncrm +0 +0 +0 .*ok\nunusable +0 +0 +0 .*-\n$/);
    expect((await belfry('replay', '-n', 'crm', '--since', '1h')).out).toMatch(/^0 notifications/);
  });

  it('say how the last attempt went, what became of an event, and cut nothing in a pipe', async () => {
    const long = `no such customer ${'x'.repeat(150)}`;
    // In memory an entry stays only as long as somebody has it before them.
    const holding = ['notifiers: crm stuck', 'stuck_method: webhook', 'stuck_webhook_url: http://127.0.0.1:1/'];
    const configuration = configure(holding);
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      request.resume().on('end', () => response.writeHead(mended ? 202 : 503).end(long));
    });
    await startDaemon(configuration);
    const status = async (columns?: number) => (await said(['queue', '-C', file], columns)).out;
    expect(await status()).toMatch(/^NOTIFIER .*\ncrm +0 +0 +0 .*not tried.*\nstuck .*\nunusable .*-\n$/);
    await send(newMail, login);
    await until(async () => (await counts('crm'))['deferred'] === 2);
    expect(await status()).toMatch(/^crm +0 +2 +0 .*failing: .*503/m);
    const lineOf = async (columns?: number): Promise<string> => (await status(columns)).split('\n')[1] ?? '';
    expect(await lineOf()).toContain(long);
    // The line shows an age, which may have become another between the two.
    await until(async () => (await lineOf(100)) === `${(await lineOf()).slice(0, 99)}…`);

    mended = true;
    await belfry('queue', 'retry');
    await until(async () => (await counts('crm'))['delivered'] === 2);
    expect(await status()).toMatch(/^crm +0 +0 +0 .*ok$/m);
    const [stuck] = await rows('queue', 'list', '-n', 'stuck', '-e', 'MessageNew');
    const shown = await said(['queue', 'show', String(stuck?.['id']), '-C', file]);
    expect(shown.out).toMatch(/^crm: delivered at \S+, \d+ attempts?, answer: 202\n\nstuck: deferred, /m);
    expect(await said(['recent', '-l', '0', '-C', file])).toMatchObject({ status: 64 });
    expect((await said(['recent', '-u', 'nobody', '-C', file])).out).toBe('None.\n');
  });

  it('say what is wrong', async () => {
    await startDaemon();
    expect(await belfry('queue', 'show', '123')).toMatchObject({
      status: 65,
      err: expect.stringMatching(/"123".*\[BAD_INPUT\]/),
    });
    expect(await belfry('queue', 'list', '-n', 'x')).toMatchObject({
      status: 65,
      err: expect.stringMatching(/crm .*unusable/),
    });
    expect(await belfry('queue', 'list', '--older', 'long')).toMatchObject({
      status: 64,
      err: expect.stringMatching(/--older: "long"/),
    });
    expect(await belfry('replay', '-n', 'crm', '--since', 'noon')).toMatchObject({
      status: 64,
      err: expect.stringMatching(/--since: "noon"/),
    });
    expect(await belfry('replay', '-n', 'crm', '--since', '1h', '--until', '2h')).toMatchObject({ status: 64 });
    expect(await belfry('replay', '--since', '1h')).toMatchObject({ status: 64 });
  });

  it('refuse a second daemon on the same directory', async () => {
    await startDaemon();
    const first = daemon;
    writeFileSync(file, readFileSync(file, 'utf8').replace('/notify\n', '/notify2\n'));
    const { configuration } = loadConfiguration(file, { methods });
    if (configuration === undefined) throw new Error('no configuration');
    const log = openDaemonLog('error', openSync('/dev/null', 'a'));
    await expect(
      Daemon.start(configuration, { log, onFailure() {}, openEngine: openMemoryEngine }),
    ).rejects.toMatchObject({ code: 'SOCKET_IN_USE' });
    expect((await belfry('queue')).status).toBe(0);
    expect(daemon).toBe(first);
  });
});

describe('with a mistake in the configuration on disk', () => {
  const spoil = (...lines: readonly string[]): void =>
    writeFileSync(file, `${readFileSync(file, 'utf8')}${lines.join('\n')}\n`);

  it('queue, dead and replay reach the running daemon all the same, and say so', async () => {
    await startDaemon();
    await send(newMail);
    await until(async () => (await counts('crm'))['dead'] === 1);
    spoil('log_level: loud', 'no colon', 'crm_colour: red', 'schema_directory: /absent', '@include: /absent');
    const err = `belfry: the configuration on disk has 4 mistakes (see belfry check); using control_socket ${directory}/control\n`;
    expect(await belfry('queue')).toMatchObject({ status: 0, err, out: expect.stringMatching(/^crm /m) });
    expect(await belfry('dead', 'list', '-n', 'crm')).toMatchObject({ status: 0, err });
    mended = true;
    expect(await belfry('dead', 'retry', '-n', 'crm')).toMatchObject({ status: 0, err });
    await until(() => seen.length === 1);
    expect(await belfry('replay', '-n', 'crm', '--since', '1h')).toMatchObject({ status: 0, err });
  });

  it('they work on what a stopped one has left', async () => {
    const { spool: settings } = configure();
    const spool = await openLmdbSpool({ ...settings, now: Date.now, random: Math.random });
    await spool.consumer('crm');
    await spool.append([{ ...rawRequest(''), bytes: newMail }]);
    await spool.close();
    spoil('crm_webhook_authorization: \u00e9', 'schema_directory: /absent');
    const listed = await belfry('queue', 'list', '-n', 'crm');
    expect(listed).toMatchObject({ status: 0, out: expect.stringMatching(/MessageNew/) });
    expect(listed.err).toMatch(/a mistake .*\n.*\/absent: .*schemas\n/);
    expect(await belfry('queue', 'drop', '-n', 'crm')).toMatchObject({ status: 0 });
  });

  it('they must know where the daemon is', async () => {
    await startDaemon();
    spoil(`control_socket: ${directory}/control`, 'control_socket: /elsewhere', 'log_level: loud');
    expect(await said(['queue', '-C', file])).toMatchObject({
      status: 78,
      err: expect.stringMatching(/:8: error: control_socket: /),
    });
    expect((await said(['queue', '-C', file])).err).not.toMatch(/loud/);
  });
});

describe('a reload', () => {
  const reload = async (change: (lines: string) => string): Promise<void> => {
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    const { configuration, problems } = loadConfiguration(file, { methods });
    if (configuration === undefined) throw new Error(JSON.stringify(problems));
    await daemon?.reload(configuration);
  };
  const logged = (): string => readFileSync(join(directory, 'log'), 'utf8');

  it('moves the control socket, and says what it cannot change', async () => {
    await startDaemon();
    await reload((lines) => `${lines}control_socket: ${directory}/elsewhere\nspool_max_size: 128M\n`);
    expect(existsSync(join(directory, 'control'))).toBe(false);
    expect(await belfry('queue')).toMatchObject({ status: 0, out: expect.stringMatching(/^crm /m) });
    // The lines of the log are written soon after they were said.
    await until(() => /the changed options of the spool take effect after a restart/.test(logged()));
    await reload((lines) => lines.replace(/elsewhere/, 'control'));
    expect(await belfry('queue')).toMatchObject({ status: 0 });
    expect(existsSync(join(directory, 'elsewhere'))).toBe(false);
  });

  it('is refused when the new control socket is that of another daemon', async () => {
    await startDaemon();
    const other = createServer().listen(join(directory, 'taken'));
    await once(other, 'listening');
    try {
      const moved = reload((lines) => `${lines}control_socket: ${directory}/taken\n`);
      await expect(moved).rejects.toMatchObject({ code: 'SOCKET_IN_USE' });
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^control_socket.*$/m, ''));
      expect(await belfry('queue')).toMatchObject({ status: 0 });
    } finally {
      other.close();
    }
  });
});

describe('belfry queue on a stopped daemon', () => {
  it('says what is missing where there is no spool', async () => {
    configure();
    expect(await belfry('queue')).toMatchObject({
      status: 69,
      out: '',
      err: expect.stringMatching(/\/spool .*start it/),
    });
  });

  it('works on its directory', async () => {
    const { spool: settings } = configure();
    const open = () => openLmdbSpool({ ...settings, now: Date.now, random: Math.random });
    const spool = await open();
    for (const name of ['crm', 'unusable']) await spool.consumer(name);
    await spool.append([
      { ...rawRequest(''), bytes: newMail },
      rawRequest('garbage'),
      { ...rawRequest(''), bytes: login },
    ]);
    await spool.commit('unusable', { cursor: 1, tally: { filtered: 1 } });
    await spool.close();

    expect((await belfry('queue')).out).toMatch(/^crm +3 +0 +0 .*not tried/m);
    const waiting = await rows('queue', 'list');
    expect(waiting.map((row) => `${row['notifier']} ${row['event']}`).toSorted()).toEqual([
      'crm Login',
      'crm MessageNew',
      'unusable ',
    ]);
    expect((await belfry('queue', 'drop', '-n', 'crm', '-e', 'MessageNew')).out).toBe('1 notification dropped.\n');
    const audit = await belfry('queue', '--audit');
    expect(audit).toMatchObject({ status: 0 });
    expect(audit.out).toMatch(/^crm +3 +0 +0 +2 +0 +0 +1 +0 {2}yes$/m);

    const recent = await belfry('recent', '-l', '3');
    expect(recent.out).toMatch(/ {4}crm: dropped .*\(belfry queue drop\) at /);
    const outcome = { state: 'delivered', attempts: 1, detail: '202' } as const;
    const receiver = { at: Date.now(), failing: 'it answered 503' };
    const outcomes = [{ outcome, at: Date.now(), positions: [2, 3] }];
    const again = await open();
    await again.commit('crm', { cursor: 3, tally: { delivered: 1 }, outcomes, receiver });
    await again.close();
    expect((await belfry('recent', '-e', 'login')).out).toMatch(/ {4}crm: delivered at \S+, 1 attempt, answer: 202\n/);
    expect((await belfry('queue')).out).toMatch(/^crm .*failing: it answered 503$/m);
    const wrong = await belfry('queue', '--audit');
    expect(wrong).toMatchObject({ status: 65, out: expect.stringMatching(/1 lost/) });
    const held = await open();
    expect(await belfry('queue')).toMatchObject({ status: 69, err: expect.stringMatching(/locked by process/) });
    await held.close();
  });
});
