/**
 * What junk costs the others: how long a good event takes from its sending to its delivery by a notifier (method log),
 * without junk and with junk on the same socket at full speed, one after the other in one run. `npm run bench`;
 * JUNK_SECONDS says how long each phase takes (10).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import { compileSender, flagsSet, type Sender } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { until } from '../support/until.ts';
import { isShort, measuringWithSender, type Ratios } from './measuring.ts';
import { ask, processorMs, type Served, serve } from './served.ts';

const seconds = Number(process.env['JUNK_SECONDS'] ?? (isShort ? 1 : 10));
const goodPerSecond = 100;
const junkPerCall = isShort ? 5000 : 50_000;

/** Each breaks at another step of the way: the frame, the JSON, the schema. */
const junk = {
  frame: 'this is no request at all, however one reads it',
  json: '\0EVENT\0\0\0\0' + '0\0{"event": "FlagsSet", "uri": \0',
  schema: '\0EVENT\0\0\0\0' + '0\0{"event": "FlagsSet", "uri": 5}\0',
};

interface Phase {
  readonly p50: number;
  readonly p99: number;
  readonly highest: number;
  readonly junkPerSecond: number;
  /** Good events, from the first sending to the last delivery. */
  readonly deliveredPerSecond: number;
  /** Processor time of the daemon for a request, good or not, in microseconds. */
  readonly processorUs: number;
}

interface Line {
  readonly time: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Sends good events at a steady rate for so long, and `flood` beside them until they are all sent. */
async function phase(
  served: Served,
  name: string,
  event: Readonly<Record<string, unknown>>,
  flood: (running: () => boolean) => Promise<number>,
): Promise<Phase> {
  const file = join(served.home, 'events.log');
  const before = (await lines(file)).length;
  const socket = openDatagramSender(served.socket);
  const [begun, usedBefore] = [performance.now(), await processorMs(served.daemon)];
  let sending = true;
  const flooding = flood(() => sending);
  const count = seconds * goodPerSecond;
  for (let i = 0; i < count; i++) {
    const wait = begun + (i * 1000) / goodPerSecond - performance.now();
    if (wait > 0) await sleep(wait);
    const message = JSON.stringify({ ...event, 'vnd.example.phase': name, 'vnd.example.sentAt': Date.now() });
    await socket.send(Buffer.from(`\0EVENT\0\0\0\0${0}\0${message}\0`));
  }
  sending = false;
  const junkSent = await flooding;
  const tookMs = performance.now() - begun;
  socket.close();
  const all = await until(
    `${count} lines of ${name}`,
    async () => {
      const found = (await lines(file)).slice(before);
      return found.length >= count && found;
    },
    { deadlineMs: 300_000 },
  );
  const took = all.map(({ time, payload }) => Date.parse(time) - Number(payload['vnd.example.sentAt']));
  took.sort((a, b) => a - b);
  const usedMs = (await processorMs(served.daemon)) - usedBefore;
  const untilLastMs = performance.now() - begun;
  const at = (part: number): number => took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? Number.NaN;
  return {
    ...{ p50: at(0.5), p99: at(0.99), highest: at(1) },
    junkPerSecond: (junkSent * 1000) / tookMs,
    deliveredPerSecond: (count * 1000) / untilLastMs,
    processorUs: (usedMs * 1000) / (count + junkSent),
  };
}

async function lines(file: string): Promise<readonly Line[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

async function sendJunk(sender: Sender, socket: string, running: () => boolean): Promise<number> {
  let sent = 0;
  while (running()) {
    await sender.send(socket, junkPerCall);
    sent += junkPerCall;
  }
  return sent;
}

/** What the daemon says of the requests that it could not use: kept, and discarded for want of room. */
async function unusable(served: Served): Promise<string> {
  for await (const row of ask(served.home, { command: 'audit' })) {
    if (row.kind !== 'audit' || row.notifier !== 'unusable') continue;
    const { dead, dropped, difference } = row;
    return `${dead} kept, ${dropped} discarded, difference ${difference}`;
  }
  throw new Error('there is no row of unusable');
}

async function measure(defer: Defer): Promise<Ratios> {
  const served = await serve(
    (home) => ['notifiers: audit', 'audit_method: log', `audit_log_file: ${home}/events.log`, 'spool_max_size: 256M'],
    defer,
  );
  const directory = await makeWorkspace(defer);
  const template = JSON.parse((await flagsSet()).toString('latin1').split('\0').at(-2) ?? '');
  await phase(served, 'warm-up', template, async () => 0);
  const rows: (readonly (string | number)[])[] = [];
  const ratios: Record<string, number> = {};
  for (const [kind, text] of Object.entries(junk)) {
    const sender = await compileSender(directory, 0, Buffer.from(text));
    const without = await phase(served, `without ${kind}`, template, async () => 0);
    const beside = await phase(served, `beside ${kind}`, template, (running) =>
      sendJunk(sender, served.socket, running),
    );
    const figures = ({ p50, p99, highest }: Phase): string => `${p50} / ${p99} / ${highest}`;
    const ratio = beside.p99 / Math.max(1, without.p99);
    ratios[`rate beside ${kind} / without`] = beside.deliveredPerSecond / without.deliveredPerSecond;
    const costs = [Math.round(without.processorUs), Math.round(beside.processorUs)];
    rows.push([kind, Math.round(beside.junkPerSecond), figures(without), figures(beside), ratio.toFixed(2), ...costs]);
  }
  printTable(`${goodPerSecond} good events a second for ${seconds} s, from their sending to their delivery by a log`, [
    [
      ...['junk', 'a second', 'without: p50 / p99 / highest (ms)', 'beside it', 'ratio of p99'],
      ...['processor without (us each)', 'beside'],
    ],
    ...rows,
  ]);
  process.stdout.write(`The unusable requests: ${await unusable(served)}.\n`);
  return ratios;
}

await measuringWithSender('junk', measure);
