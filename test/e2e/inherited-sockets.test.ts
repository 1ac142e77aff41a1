/** The daemon on a socket that others hold: it comes and goes, and whoever sends notices nothing. */
import { spawn } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SHUT_RDWR, shutdown } from '../../src/os/libc.ts';
import { bindStreamSocket } from '../../src/os/listening-socket.ts';
import { freePorts } from '../support/free-ports.ts';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { chanceOf } from './chance.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { holdSocket } from './held-socket.ts';
import { linesOf } from './notification.ts';
import { type Key, keyOf, mailboxOf, type NumberedSender, numberedSender, numberOf } from './numbered-sender.ts';
import { clean, configure, makePlace, type Place, sendText, untilDelivered } from './place.ts';
import { startReceiver } from './receiver.ts';
import { runProgram } from './run-program.ts';
import { root } from './workspace.ts';

const restarts = isLong ? 20 : 3;
const perSecond = 2000;
const journal = ({ journal: file }: Place): readonly string[] => [
  ...['notifiers: journal', 'journal_method: log', `journal_log_file: ${file}`],
];

async function deliveredKeys({ journal: file }: Place): Promise<readonly Key[]> {
  return (await linesOf(file)).map((line) => {
    const { payload }: { readonly payload: unknown } = JSON.parse(line);
    return keyOf(payload);
  });
}

/** Sends so many a second, and what it could not send in time at once, until it is asked to stop. */
async function sendSteadily(sender: NumberedSender, signal: AbortSignal): Promise<{ readonly longestWaitMs: number }> {
  const start = performance.now();
  let sent = 0;
  let longestWaitMs = 0;
  while (!signal.aborted) {
    const due = Math.floor(((performance.now() - start) * perSecond) / 1000) - sent;
    // A machine that cannot send so many has ever more to make up for: that must not outlast the end.
    for (let i = 0; i < due && !signal.aborted; i += 1) {
      const before = performance.now();
      await sender.send(1);
      longestWaitMs = Math.max(longestWaitMs, performance.now() - before);
      sent += 1;
    }
    // By time: the rate at which is sent.
    await sleep(2);
  }
  return { longestWaitMs };
}

describe('a socket that systemd holds', () => {
  test(`${restarts} restarts at ${perSecond} events a second: no error, and every event once, in its order`, async () => {
    const at = await makePlace();
    const notify = holdSocket(at.socket, onTestFinished);
    const { ino } = await stat(at.socket);
    const serve = (): Promise<Daemon> =>
      startDaemon(['serve', '-C', at.configurationFile], onTestFinished, { inherited: { notify } });
    const sender = numberedSender(at.socket, chanceOf(4));
    const stop = new AbortController();
    const sending = sendSteadily(sender, stop.signal);
    for (let i = 0; i < restarts; i += 1) {
      const daemon = await serve();
      const before = sender.accepted();
      await until('it to be under load', () => sender.accepted() > before + perSecond / 4);
      expect(await daemon.stop()).toEqual(clean);
      expect((await stat(at.socket)).ino).toBe(ino);
    }
    const last = await serve();
    stop.abort();
    const { longestWaitMs } = await sending;
    await untilDelivered(at.journal, sender.accepted());
    expect(await last.stop()).toEqual(clean);
    process.stdout.write(
      `  ${restarts} restarts: ${sender.accepted()} events, ${sender.refused.size} refused, ` +
        `the longest wait in sendto ${Math.round(longestWaitMs)} ms\n`,
    );
    expect(sender.refused.size).toBe(0);
    const delivered = await deliveredKeys(at);
    expect(delivered.length).toBe(sender.accepted());
    for (const mailbox of new Set(delivered.map(mailboxOf))) {
      const numbers = delivered.filter((key) => mailboxOf(key) === mailbox).map(numberOf);
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    }
  });

  test('what arrives while nobody reads waits for the next one, and a reload leaves the socket alone', async () => {
    const at = await makePlace();
    await configure(at, journal(at));
    const elsewhere = join(at.directory, 'elsewhere');
    const notify = holdSocket(elsewhere, onTestFinished);
    const there = { ...at, socket: elsewhere };
    await sendText(there, 'before it is there');
    const daemon = await startDaemon(['serve', '-C', at.configurationFile], onTestFinished, { inherited: { notify } });
    // It matches nothing that is configured, so it is read beside that.
    expect(daemon.lines().find(({ msg }) => msg === 'ready')).toMatchObject({
      sockets: [elsewhere, at.socket],
      inherited: [elsewhere],
    });
    await untilDelivered(at.journal, 1);
    await configure({ ...at, socket: join(at.directory, 'third') }, journal(at));
    daemon.send('SIGHUP');
    await daemon.line('the reload', ({ msg }) => msg === 'reloaded');
    await sendText(there, 'after the reload');
    await untilDelivered(at.journal, 2);
    await expect(stat(at.socket)).rejects.toThrow('ENOENT');
    expect(await daemon.stop()).toEqual(clean);
    await sendText(there, 'for the next one');
    expect((await stat(elsewhere)).isSocket()).toBe(true);
  });

  test('that is shut down makes it stop, and the first signal that follows is not taken for a second', async () => {
    const receiver = await startReceiver('hang', onTestFinished);
    const at = await makePlace(
      ['hook_method: webhook', `hook_webhook_url: ${receiver.url}`, 'hook_attempt_timeout: 5m', 'shutdown_grace: 5m'],
      'journal hook',
    );
    const notify = holdSocket(at.socket, onTestFinished);
    const daemon = await startDaemon(['serve', '-C', at.configurationFile], onTestFinished, { inherited: { notify } });
    await sendText(at, 'hangs');
    await until('the receiver to hang', () => receiver.begun() > 0);
    shutdown(notify, SHUT_RDWR);
    await daemon.line('that it stops', ({ msg }) =>
      String(msg).includes('socket was shut down by the process that passed it'),
    );
    daemon.send('SIGTERM');
    await daemon.line('that it was delivered to', ({ msg, signal }) => msg === 'stopping' && signal === 'SIGTERM');
    receiver.hangUp();
    expect(await daemon.ended).toEqual(clean);
  });

  test('a stream in the place of the datagram socket ends it with status 78', async () => {
    const at = await makePlace();
    const { fd } = bindStreamSocket(at.socket, 0o600);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ fd }, resolve));
    onTestFinished(() => void server.close());
    const daemon = await startDaemon(['serve', '-C', at.configurationFile], onTestFinished, {
      inherited: { notify: fd },
      unready: true,
    });
    expect(await daemon.ended).toEqual({ status: 78, signal: null });
    expect(daemon.output()).toMatch(/notify .*datagram.*descriptor 3.*ListenDatagram=/);
  });
});

const activator = 'systemd-socket-activate';
const activate = await runProgram(activator, ['--version']).then(
  ({ status }) => (status === 0 ? undefined : 'systemd-socket-activate does not work here'),
  () => 'systemd-socket-activate is not installed: it is in the package systemd of Debian',
);
const title = `systemd-socket-activate${activate === undefined ? '' : ` (skipped: ${activate})`}`;

/** Runs the daemon through systemd-socket-activate, which holds the sockets until the first of them is used. */
function startActivated(words: readonly string[], { configurationFile }: Place) {
  const daemon = [process.execPath, join(root, 'bin', 'belfry'), 'serve', '-C', configurationFile];
  const child = spawn(activator, [...words, ...daemon], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    output: () => output,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

const isSocket = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isSocket() ?? false;

describe.skipIf(activate !== undefined)(title, () => {
  test('starts the daemon at the first datagram, which is delivered, and keeps the file', async () => {
    const at = await makePlace();
    // Nothing is said of notifysocket: then its default is not opened beside the one that is passed to us.
    await writeFile(at.configurationFile, `configdirectory: ${at.directory}\n`);
    const daemon = startActivated(['-d', '-l', at.socket, '--fdname=notify'], at);
    await until('the socket', () => isSocket(at.socket));
    await sendText(at, 'wakes it');
    await until('the line "ready"', () => daemon.output().includes('"ready"'));
    expect(daemon.output()).toContain(`"sockets":["${at.socket}"],"inherited":["${at.socket}"]`);
    await until('it to be delivered', () => daemon.output().includes('wakes it'));
    expect(await daemon.stop()).toBe(0);
    expect(await isSocket(at.socket)).toBe(true);
  });

  test('passes a stream socket of Cyrus, beside the datagram socket of the configuration', async () => {
    const at = await makePlace();
    const stream = join(at.directory, 'stream');
    const daemon = startActivated(['-l', stream, '--fdname=notify-stream'], at);
    await until('the socket', () => isSocket(stream));
    await sendText({ ...at, socket: `dlist:${stream}` }, 'by the stream');
    // The stream answers before the daemon has opened its other sockets.
    await until('the socket of the configuration', () => isSocket(at.socket));
    await sendText(at, 'as a datagram');
    await untilDelivered(at.journal, 2);
    expect(await daemon.stop()).toBe(0);
    expect(await isSocket(stream)).toBe(true);
    expect(await isSocket(at.socket)).toBe(false);
  });

  test('passes sockets for HTTP, of TCP and by their name', async () => {
    const at = await makePlace();
    const { port = '' } = await freePorts(['port']);
    const path = join(at.directory, 'http');
    const daemon = startActivated(['-l', `127.0.0.1:${port}`, '-l', path, '--fdname=belfry.socket:http'], at);
    await until('the sockets', () => isSocket(path));
    const event = '{"event":"Login","uri":"imap://imap.example.org/","user":"john"}';
    const answers = [];
    for (const where of [[`http://127.0.0.1:${port}/v1/events`], ['--unix-socket', path, 'http://belfry/v1/events']]) {
      const words = ['-sS', '-w', ' %{http_code}', '-H', 'Content-Type: application/json', '-d', event, ...where];
      answers.push((await runProgram('curl', words)).stdout.trim());
    }
    expect(answers).toEqual([expect.stringMatching(/ 202$/), expect.stringMatching(/ 202$/)]);
    // Its sockets answer before it says that all of it is ready.
    await until('the line "ready"', () => daemon.output().includes('"ready"'));
    expect(daemon.output()).toContain(`"inherited":["http://127.0.0.1:${port}","http:${path}"]`);
    expect(await daemon.stop()).toBe(0);
    expect(await isSocket(path)).toBe(true);
  });
});
