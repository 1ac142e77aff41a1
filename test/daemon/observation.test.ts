/** What a daemon says of itself is what has happened to it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendRequests } from '../../src/cli/send-requests.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { methods } from '../../src/notifier/table.ts';
import { reader } from '../config/fixture.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { until } from '../support/until.ts';
import { openMemoryEngine } from './memory-engine.ts';

const directory = scratchDirectory();
const socket = join(directory, 'notify');

type Started = Awaited<ReturnType<typeof start>>;

async function start(...more: readonly string[]) {
  const lines = [`configdirectory: ${directory}`, `notifysocket: ${socket}`, ...more];
  const read = reader({ 'belfry.conf': lines.map((line) => `${line}\n`).join('') });
  const { configuration, problems } = loadConfiguration('belfry.conf', { methods, read });
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  const log = { log: pino({ level: 'silent' }), output: { write: async () => {} } };
  const daemon = await Daemon.start(configuration, {
    log: { ...log, putLine: () => {}, drain: async () => {}, flushSync: () => {} },
    openEngine: openMemoryEngine,
    onFailure: (reason) => {
      throw new Error(reason);
    },
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= daemon.stop();
    return stopped;
  };
  onTestFinished(stop);
  return { observation: daemon.observation, stop };
}

function event(type: string, mailbox = 'INBOX'): string {
  const uri = `imap://john@imap.example.org/${mailbox};UIDVALIDITY=7/;UID=1`;
  return JSON.stringify({
    event: type,
    timestamp: '2026-11-30T10:00:00Z',
    service: 'imap',
    uri,
    user: 'john',
    messages: 1,
  });
}

async function send(message: string, repeat = 1, name = 'EVENT'): Promise<void> {
  const source = { kind: 'message', message, request: { class: name } } as const;
  await sendRequests({ socket, source, repeat, defaultUser: 'john' }, { out: () => {}, err: () => {} });
}

/** The values of one metric by its labels, as they are written. */
async function valuesOf(
  { observation }: Pick<Started, 'observation'>,
  metric: string,
): Promise<Readonly<Record<string, number>>> {
  const { text } = await observation.metrics();
  const lines = text.split('\n').filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(metric.length, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('what is recorded', () => {
  it('adds up: as many as were sent are counted at each step, and in each histogram', async () => {
    const daemon = await start('notifiers: a b', 'a_method: null', 'b_method: null', 'b_events: MessageExpunge');
    await send(event('MessageNew'), 300);
    await send(event('vnd.example.Unheard'), 20);
    await send(event('vnd.example.Other'), 5);
    await send('hello', 7, 'MAIL');
    await send('{"event":"MessageNew"}', 11);
    await send('{', 3);
    const settled = async (): Promise<boolean> => {
      const waiting = await valuesOf(daemon, 'belfry_waiting_notifications');
      const sockets = await valuesOf(daemon, 'belfry_socket_requests_total');
      return sockets[`{socket="${socket}"}`] === 346 && Object.values(waiting).every((count) => count === 0);
    };
    await until('all is done', settled);
    expect(await valuesOf(daemon, 'belfry_requests_total')).toEqual({
      '{class="EVENT",event="MessageNew"}': 300,
      '{class="EVENT",event="other"}': 25,
      '{class="MAIL",event=""}': 7,
    });
    expect(await valuesOf(daemon, 'belfry_unusable_requests_total')).toEqual({
      '{stage="schema"}': 11,
      '{stage="json"}': 3,
    });
    const finished = await valuesOf(daemon, 'belfry_notifications_total');
    expect(finished['{notifier="a",outcome="delivered"}']).toBe(332);
    expect(finished['{notifier="b",outcome="filtered"}']).toBe(339);
    expect(finished['{notifier="unusable",outcome="dead"}']).toBe(14);
    expect(await valuesOf(daemon, 'belfry_filtered_total')).toMatchObject({ '{notifier="b",option="b_events"}': 325 });
    for (const histogram of ['delivery', 'attempt']) {
      const counts = await valuesOf(daemon, `belfry_${histogram}_duration_seconds_count`);
      expect(counts).toEqual({ '{notifier="a"}': 332, '{notifier="b"}': 7 });
    }
    expect(await valuesOf(daemon, 'belfry_stored_duration_seconds_count')).toEqual({ '{thread="intake"}': 346 });
    expect(await valuesOf(daemon, 'belfry_intake_batch_requests_sum')).toEqual({ '{thread="intake"}': 346 });
    expect(daemon.observation.latencyOf('a')).toMatchObject({ p50Ms: expect.any(Number), p99Ms: expect.any(Number) });
    expect(daemon.observation.latencyOf('nobody')).toBeNull();
  });

  it('has no label that a sender can make up', async () => {
    const daemon = await start('notifiers: a', 'a_method: null');
    for (let i = 0; i < 200; i += 1)
      await send(event(`vnd.example.X${i}`, `Folder${i}`), 1, i % 2 === 0 ? 'EVENT' : `CLASS${i}`);
    await until('all is done', async () => Object.values(await valuesOf(daemon, 'belfry_requests_total')).length > 1);
    const { text } = await daemon.observation.metrics();
    expect(text).not.toMatch(/vnd\.example|Folder|CLASS/);
  });
});

describe('health', () => {
  it('is what the watchdog asks', async () => {
    const { observation } = await start('notifiers: a', 'a_method: null');
    const { alive, parts } = await observation.health();
    expect(alive).toBe(true);
    expect(parts.map(({ name }) => name)).toEqual(expect.arrayContaining(['the intake', 'a', 'unusable']));
  });

  it('is ready, and says why not when the file of its socket is gone or it stops', async () => {
    const daemon = await start('notifiers: a', 'a_method: null');
    const failing = async (): Promise<readonly string[]> => {
      const { ready, reasons } = await daemon.observation.readiness();
      const names = reasons.filter(({ ok }) => !ok).map(({ check }) => check);
      expect(ready).toBe(names.length === 0);
      return names;
    };
    expect(await failing()).toEqual([]);
    rmSync(socket);
    await daemon.stop();
    expect(await failing()).toContain('daemon');
  });
});
