/** What a service manager hears of the real daemon, from its start to its end. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatagramSocket } from '../../src/os/unix-datagram.ts';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { chanceOf } from './chance.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { numberedSender } from './numbered-sender.ts';
import { clean, configure, makePlace, type Place, sendText, untilDelivered } from './place.ts';
import { startReceiver } from './receiver.ts';
import { stopThread, threadAt, tracingIsImpossible } from './stopped-thread.ts';

interface Manager {
  /** The NOTIFY_SOCKET. */
  readonly address: string;
  /** All messages so far, with their assignments. */
  heard(): readonly ReadonlyMap<string, string>[];
  /** How many messages have had this assignment so far. */
  times(assignment: string): number;
}

function startManager(address: string): Manager {
  const socket = openDatagramSocket({ path: address });
  const messages: ReadonlyMap<string, string>[] = [];
  const read = (): readonly ReadonlyMap<string, string>[] => {
    for (const { bytes } of socket.receive(1000)) {
      const lines = Buffer.from(bytes).toString().split('\n');
      messages.push(
        new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
      );
    }
    return messages;
  };
  // All the time, as systemd does: the queue of the socket holds but a few.
  const stop = new AbortController();
  const reading = (async () => {
    while (!stop.signal.aborted) {
      read();
      await socket.ready(stop.signal);
    }
  })();
  onTestFinished(async () => {
    stop.abort();
    await reading;
    socket.close();
  });
  return {
    address,
    heard: read,
    times: (assignment) => {
      const [name = '', value] = assignment.split('=');
      return read().filter((message) => message.get(name) === value).length;
    },
  };
}

const shortMs = 3000;
/** Each part has a third of it to answer, which it must do on a machine that is busy with others as well. */
const longMs = 12_000;

function serve({ configurationFile }: Place, { address }: Manager, watchdogMs = shortMs): Promise<Daemon> {
  const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: String(watchdogMs * 1000) };
  return startDaemon(['serve', '-C', configurationFile], onTestFinished, { env });
}

/** The states of the service in the order in which they were delivered. */
const states = (manager: Manager): readonly string[] =>
  manager.heard().flatMap((message) => ['READY', 'RELOADING', 'STOPPING'].filter((name) => message.get(name) === '1'));

describe('a service manager', () => {
  test('hears READY, RELOADING, READY and STOPPING, each when it is so', async () => {
    const at = await makePlace();
    const manager = startManager(join(at.directory, 'manager'));
    const daemon = await serve(at, manager);
    await until('READY=1', () => manager.times('READY=1') === 1);
    expect(states(manager)).toEqual(['READY']);
    // It is ready when one can send to it, and not before.
    await sendText(at, 'first');
    await untilDelivered(at.journal, 1);

    const monotonicUs = (): number => Number(process.hrtime.bigint() / 1000n);
    const sentUs = monotonicUs();
    daemon.send('SIGHUP');
    await until('the end of the reload', () => manager.times('READY=1') === 2);
    const reloading = manager.heard().find((message) => message.has('RELOADING'));
    expect(Number(reloading?.get('MONOTONIC_USEC'))).toBeGreaterThan(sentUs);
    expect(Number(reloading?.get('MONOTONIC_USEC'))).toBeLessThan(monotonicUs());

    await configure(at, ['notifiers: journal', 'journal_method: no-such-method']);
    daemon.send('SIGHUP');
    await daemon.line('the refusal', ({ msg }) => msg?.includes('old one stays in force') ?? false);
    await until('the end of the reload that is refused', () => manager.times('READY=1') === 3);

    expect(await daemon.stop()).toEqual(clean);
    expect(states(manager)).toEqual(['READY', 'RELOADING', 'READY', 'RELOADING', 'READY', 'STOPPING']);
    const stopping = manager.heard().at(-1);
    expect(stopping?.get('STOPPING')).toBe('1');
    expect(Number(stopping?.get('EXTEND_TIMEOUT_USEC'))).toBeGreaterThan(20_000_000);
  });

  test('hears nothing of a daemon that cannot start', async () => {
    const at = await makePlace();
    const manager = startManager(join(at.directory, 'manager'));
    const first = await serve(at, manager);
    await until('READY=1', () => manager.times('READY=1') === 1);
    const env = { NOTIFY_SOCKET: manager.address };
    const second = await startDaemon(['serve', '-C', at.configurationFile], onTestFinished, { env, unready: true });
    expect((await second.ended).status).toBe(69);
    expect(manager.times('READY=1')).toBe(1);
    expect(await first.stop()).toEqual(clean);
  });

  test('keeps its watchdog content while the daemon is idle, under load, and while a receiver hangs', async () => {
    const receiver = await startReceiver('hang', onTestFinished);
    const at = await makePlace();
    await configure(at, [
      ...['notifiers: journal hook', 'journal_method: log', `journal_log_file: ${at.journal}`, 'shutdown_grace: 1s'],
      ...['hook_method: webhook', `hook_webhook_url: ${receiver.url}`, 'hook_attempt_timeout: 5m'],
    ]);
    const manager = startManager(join(at.directory, 'manager'));
    const daemon = await serve(at, manager, longMs);
    const hears = async (what: string): Promise<void> => {
      const [before, signs] = [manager.times('WATCHDOG=1'), isLong ? 3 : 2];
      await until(`WATCHDOG=1 ${what}`, () => manager.times('WATCHDOG=1') >= before + signs, {
        deadlineMs: signs * longMs,
      });
    };
    await hears('while it is idle');
    const sender = numberedSender(at.socket, chanceOf(7));
    const stop = new AbortController();
    const sending = (async () => {
      while (!stop.signal.aborted) await sender.send(100);
    })();
    await until('the receiver to hang', () => receiver.begun() > 0);
    await hears('under load');
    stop.abort();
    await sending;
    await untilDelivered(at.journal, sender.accepted());
    await hears('while the receiver hangs');
    await until('the status to say what waits', () =>
      manager.heard().some((message) => /webhook hook: [\d,]+ waiting/.test(message.get('STATUS') ?? '')),
    );
    expect(daemon.lines().filter((line) => 'hanging' in line)).toEqual([]);
    expect(await daemon.stop()).toEqual(clean);
  });
});

const impossible = await tracingIsImpossible();
const title = `a thread of the intake that hangs${impossible === undefined ? '' : ` (skipped: ${impossible})`}`;

describe.skipIf(impossible !== undefined)(title, () => {
  test('gives the watchdog no sign of life, stands in the log, and gives one again when it goes on', async () => {
    const at = await makePlace();
    const manager = startManager(join(at.directory, 'manager'));
    const daemon = await serve(at, manager);
    await until('WATCHDOG=1', () => manager.times('WATCHDOG=1') > 0);
    const resume = await stopThread(await threadAt(daemon.pid, at.socket), onTestFinished);
    await daemon.line('who hangs', ({ hanging }) => JSON.stringify(hanging) === '["the intake"]');
    const before = manager.times('WATCHDOG=1');
    // By time: that it says nothing shows only when the moment is over in which it would.
    await sleep(2 * shortMs);
    expect(manager.times('WATCHDOG=1')).toBe(before);
    await resume();
    await daemon.line('that all answer', ({ msg }) => msg === 'all parts respond again');
    await until('WATCHDOG=1', () => manager.times('WATCHDOG=1') > before);
    await sendText(at, 'it reads again');
    await untilDelivered(at.journal, 1);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('holds up neither datagrams nor the stream when it is the one of HTTP', async () => {
    const at = await makePlace();
    const [http, stream] = [join(at.directory, 'http'), join(at.directory, 'stream')];
    const lines = [`configdirectory: ${at.directory}`, `notifysocket: ${at.socket} dlist:${stream}`];
    lines.push(`http_listen: ${http}`, 'notifiers: journal', 'journal_method: log', `journal_log_file: ${at.journal}`);
    await writeFile(at.configurationFile, `${lines.join('\n')}\n`);
    const manager = startManager(join(at.directory, 'manager'));
    const daemon = await serve(at, manager);
    const resume = await stopThread(await threadAt(daemon.pid, http), onTestFinished);
    await sendText(at, 'a datagram');
    await sendText({ ...at, socket: `dlist:${stream}` }, 'by the stream');
    await untilDelivered(at.journal, 2);
    await daemon.line('what hangs', ({ hanging }) => JSON.stringify(hanging) === '["the intake over HTTP"]');
    await resume();
    await daemon.line('that all answer', ({ msg }) => msg === 'all parts respond again');
    expect(await daemon.stop()).toEqual(clean);
  });
});
