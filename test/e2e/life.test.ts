/** The life of the daemon: what signals, wrong configurations and other daemons do to it. */
import { existsSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { belfry, startDaemon } from './daemon.ts';
import { linesOf } from './notification.ts';
import { clean, configure, makePlace, send, sendText, serve, untilDelivered } from './place.ts';
import { startReceiver } from './receiver.ts';
import { root } from './workspace.ts';

/** A daemon that has something under way: its receiver has begun and does not answer. */
async function hanging(shutdownGrace: string) {
  const receiver = await startReceiver('hang', onTestFinished);
  const hook = ['hook_method: webhook', `hook_webhook_url: ${receiver.url}`, 'hook_attempt_timeout: 5m'];
  const at = await makePlace([...hook, `shutdown_grace: ${shutdownGrace}`], 'journal hook');
  const daemon = await serve(at);
  await sendText(at, 'first');
  await until('the receiver to hang', () => receiver.begun() > 0);
  return { at, daemon, receiver };
}

describe('a stop', () => {
  test('SIGTERM ends it with status 0 and takes the socket file away', async () => {
    const at = await makePlace();
    const daemon = await serve(at);
    await sendText(at, 'first');
    await untilDelivered(at.journal, 1);
    expect(await daemon.stop()).toEqual(clean);
    await expect(stat(at.socket)).rejects.toThrow('ENOENT');
    expect(daemon.lines().at(-1)).toMatchObject({ msg: 'stopped' });
  });

  test('what is under way may finish, and a second signal ends it at once', async () => {
    const { daemon } = await hanging('5m');
    daemon.send('SIGTERM');
    await daemon.line('the line "stopping"', ({ msg }) => msg === 'stopping');
    daemon.send('SIGTERM');
    expect(await daemon.ended).toEqual({ status: null, signal: 'SIGTERM' });
  });

  test('a signal to reload changes nothing any more', async () => {
    const { at, daemon, receiver } = await hanging('5m');
    daemon.send('SIGTERM');
    await until('the socket to be gone', () => !existsSync(at.socket));
    daemon.send('SIGHUP');
    await daemon.line('the refusal', ({ msg }) => msg === 'stopping; ignoring the reload');
    receiver.hangUp();
    expect(await daemon.ended).toEqual(clean);
    expect(daemon.lines().filter(({ level }) => level === 'error')).toEqual([]);
    expect(existsSync(at.socket)).toBe(false);
    expect(receiver.begun()).toBe(1);
  });

  test('it does not wait for a receiver longer than shutdown_grace', async () => {
    const { daemon } = await hanging('1s');
    const start = performance.now();
    expect(await daemon.stop()).toEqual(clean);
    const tookMs = performance.now() - start;
    expect(tookMs).toBeGreaterThan(900);
    // The receiver would have been waited for for five minutes.
    expect(tookMs).toBeLessThan(120_000);
    expect(daemon.lines()).toContainEqual(expect.objectContaining({ notifier: 'hook', unfinished: 1 }));
  });
});

/** The answer to a request that belfry refuses and logs. */
async function refusedOn(path: string): Promise<string> {
  const socket = connect(path);
  socket.end('POST /v1/events HTTP/1.1\r\nHost: h\r\nOrigin: http://page.example\r\nContent-Length: 0\r\n\r\n');
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += chunk;
  return text;
}

describe('a reload', () => {
  test('SIGHUP with a wrong file keeps what is in force and says why; with a right one it takes it', async () => {
    const at = await makePlace();
    const daemon = await serve(at);
    const { ino } = await stat(at.socket);
    await configure(at, ['notifiers: journal', 'journal_method: lok']);
    daemon.send('SIGHUP');
    const refused = await daemon.line('the refusal', ({ msg }) => msg?.includes('old one stays in force') ?? false);
    expect(refused).toMatchObject({ level: 'error', file: at.configurationFile });
    const problems = daemon.lines().map((line) => String(line['problem'] ?? ''));
    expect(problems).toContainEqual(expect.stringMatching(/belfry\.conf:4: error: journal_method: .*lok.*log/));
    await sendText(at, 'sent under the old one');
    await untilDelivered(at.journal, 1);

    const other = join(at.directory, 'other.log');
    const right = ['notifiers: journal', 'journal_method: log', `journal_log_file: ${other}`];
    await configure(at, [...right, 'dispatch_nice: 9', 'spool_retention: 9m']);
    daemon.send('SIGHUP');
    await daemon.line('the line "reloaded"', ({ msg }) => msg === 'reloaded');
    const later = daemon.lines().filter(({ level, msg }) => level === 'warn' && msg?.includes('after a restart'));
    expect(later.map(({ msg }) => msg)).toEqual([
      expect.stringContaining('the spool'),
      expect.stringContaining('dispatch_nice'),
    ]);
    await sendText(at, 'sent under the new one');
    await untilDelivered(other, 1);
    expect((await linesOf(at.journal)).length).toBe(1);
    expect((await stat(at.socket)).ino).toBe(ino);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('a signal to reload that comes while it starts is obeyed when it is ready', async () => {
    const at = await makePlace();
    const spool = pathToFileURL(join(root, 'dist/spool/lmdb/lmdb-spool.js')).href;
    const hangUp = `import { LmdbSpool } from ${JSON.stringify(spool)};
      const { consumer } = LmdbSpool.prototype;
      let first = true;
      LmdbSpool.prototype.consumer = async function (name, from) {
        if (first) process.kill(process.pid, 'SIGHUP');
        first = false;
        // By time: the signal has its effect in a turn of the loop, or ends the process.
        await new Promise((resolve) => setTimeout(resolve, 100));
        return consumer.call(this, name, from);
      };`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hangUp)}` };
    const daemon = await startDaemon(['serve', '-C', at.configurationFile], onTestFinished, { env });
    await daemon.line('the line "reloaded"', ({ msg }) => msg === 'reloaded');
    await sendText(at, 'sent by the one that has started');
    await untilDelivered(at.journal, 1);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('a changed log_level is in force in the thread of the intake, too', async () => {
    const at = await makePlace();
    const journal = ['notifiers: journal', 'journal_method: log', `journal_log_file: ${at.journal}`];
    const http = join(at.directory, 'http');
    await configure(at, [...journal, `http_listen: ${http}`, 'log_level: error']);
    const daemon = await startDaemon(['serve', '-C', at.configurationFile], onTestFinished, { unready: true });
    // The file is there a moment before anybody listens on it.
    await until('it to answer', async () => /^HTTP\/1\.1 403 /.test(await refusedOn(http).catch(() => '')));
    await configure(at, [...journal, `http_listen: ${http}`, 'log_level: info']);
    daemon.send('SIGHUP');
    await daemon.line('the line "reloaded"', ({ msg }) => msg === 'reloaded');
    await until('a refusal that is logged', async () => {
      expect(await refusedOn(http)).toMatch(/^HTTP\/1\.1 403 /);
      return daemon.lines().some(({ level, address }) => level === 'warn' && String(address).includes(http));
    });
    expect(await daemon.stop()).toEqual(clean);
  });

  test('a spool that does not take a new notifier: what is in force stays so, and goes on', async () => {
    const at = await makePlace();
    const spool = pathToFileURL(join(root, 'dist/spool/lmdb/lmdb-spool.js')).href;
    const refuse = `import { LmdbSpool } from ${JSON.stringify(spool)};
      const { consumer } = LmdbSpool.prototype;
      LmdbSpool.prototype.consumer = async function (name, from) {
        if (name === 'refused') throw new Error('no room for it');
        return consumer.call(this, name, from);
      };`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(refuse)}` };
    const daemon = await startDaemon(['serve', '-C', at.configurationFile], onTestFinished, { env });
    const other = join(at.directory, 'other');
    await configure(at, [`http_listen: ${other}`, 'notifiers: refused', 'refused_method: null']);
    daemon.send('SIGHUP');
    await daemon.line('the refusal', ({ msg }) => msg?.includes('old one stays in force') ?? false);
    await sendText(at, 'sent under the old one');
    await untilDelivered(at.journal, 1);
    await expect(stat(other)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await daemon.stop()).toEqual(clean);
  });

  test('nothing is lost that is sent while it reloads', async () => {
    const at = await makePlace();
    const daemon = await serve(at);
    const reloadFiveTimes = async (): Promise<void> => {
      await untilDelivered(at.journal, 1);
      for (let reloads = 1; reloads <= 5; reloads += 1) {
        daemon.send('SIGHUP');
        await until('the reload', () => daemon.lines().filter(({ msg }) => msg === 'reloaded').length >= reloads);
      }
    };
    await Promise.all([send(at, '-t', 'one of many', '--repeat', '20000'), reloadFiveTimes()]);
    await untilDelivered(at.journal, 20_000);
    expect(await daemon.stop()).toEqual(clean);
    expect((await linesOf(at.journal)).length).toBe(20_000);
  });
});

describe('the socket', () => {
  test('the file that a killed daemon has left is replaced', async () => {
    const at = await makePlace();
    const killed = await serve(at);
    killed.send('SIGKILL');
    await killed.ended;
    expect((await stat(at.socket)).isSocket()).toBe(true);
    const daemon = await serve(at);
    await sendText(at, 'sent by the second');
    await untilDelivered(at.journal, 1);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('a second daemon on the same socket ends with status 69, and the first goes on', async () => {
    const at = await makePlace();
    const first = await serve(at);
    const same = await belfry(['serve', '-C', at.configurationFile]);
    expect(same.status).toBe(69);
    expect(same.stderr).toContain(`process ${first.pid}`);
    const elsewhere = { ...(await makePlace()), socket: at.socket };
    await configure(elsewhere, ['notifiers: journal', 'journal_method: log']);
    const sameSocket = await belfry(['serve', '-C', elsewhere.configurationFile]);
    expect(sameSocket.status).toBe(69);
    expect(sameSocket.stderr).toContain(at.socket);
    await sendText(at, 'sent by the first');
    await untilDelivered(at.journal, 1);
    expect(await first.stop()).toEqual(clean);
  });

  test.each([
    ['datagram', ''],
    ['stream', 'dlist:'],
  ])('of kind %s is opened again when its file is removed, and nothing that came before is lost', async (_, prefix) => {
    const at = await makePlace();
    await configure({ ...at, socket: `${prefix}${at.socket}` }, [
      ...['notifiers: journal', 'journal_method: log', `journal_log_file: ${at.journal}`],
    ]);
    const daemon = await serve(at);
    const socket = `${prefix}${at.socket}`;
    await sendText({ ...at, socket }, 'before');
    await rm(at.socket);
    await daemon.line('that it is open again', ({ msg, socket: name }) => name === socket && /again/.test(String(msg)));
    await sendText({ ...at, socket }, 'after');
    await untilDelivered(at.journal, 2);
    expect(await daemon.stop()).toEqual(clean);
    expect(existsSync(at.socket)).toBe(false);
  });

  test('bytes that mean nothing become unusable requests, and what comes after them is delivered', async () => {
    const at = await makePlace();
    const daemon = await serve(at);
    const rubbish = join(at.directory, 'rubbish');
    const start = Uint8Array.from({ length: 64 * 1024 }, (_, i) => (i * 7919 + (i >> 3)) & 0xff);
    await writeFile(rubbish, start);
    const { status } = await belfry(['send', '-f', at.socket, '--raw', rubbish]);
    expect(status).toBe(0);
    await sendText(at, 'sent all the same');
    await untilDelivered(at.journal, 1);
    await daemon.line('that it is set aside', ({ outcome, size }) => outcome === 'unusable' && size === start.length);
    expect(await daemon.stop()).toEqual(clean);
  });
});

describe('in the place of notifyd', () => {
  test('its flags work without a subcommand', async () => {
    const at = await makePlace();
    const words = ['-C', at.configurationFile, '-m', 'log', '-D', '-U', '5', '-T', '10'];
    const daemon = await startDaemon(words, onTestFinished);
    await sendText(at, 'sent by -m');
    await untilDelivered(at.journal, 1);
    expect(await daemon.stop()).toEqual(clean);
    const flags = daemon.lines().map(({ flag }) => flag);
    for (const flag of ['-D', '-U', '-T']) expect(flags).toContain(flag);
  });

  test('a mistake in the configuration ends it with status 78, with all mistakes and their lines', async () => {
    const at = await makePlace(['shutdown_grace: soon', 'journal_log_fiel: x']);
    const { status, stderr } = await belfry(['-C', at.configurationFile]);
    expect(status).toBe(78);
    expect(stderr).toMatch(/belfry\.conf:6.*shutdown_grace/s);
    expect(stderr).toMatch(/belfry\.conf:7.*journal_log_fiel.*journal_log_file/s);
  });

  test('a configuration that is not there ends it with status 66', async () => {
    const { status, stderr } = await belfry(['-C', '/nonexistent/belfry.conf']);
    expect(status).toBe(66);
    expect(stderr).toContain('/nonexistent/belfry.conf');
  });
});
