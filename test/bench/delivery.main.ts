/**
 * How fast what is sent is delivered, from the first sendto(2) to the last delivery: to a log file beside the rate of a
 * sink in C, and to a webhook receiver beside a bare loop of undici against the same receiver. The runs alternate, so
 * that both see the same machine: `npm run bench`.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from 'undici';
import { compileSender, type Sender } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { until } from '../e2e/until.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { type CountingReceiver, startCountingReceiver } from './counting-receiver.ts';
import { measuringWithSender } from './measuring.ts';
import { median, processorMs, type Served, serve, share, sinkRate } from './served.ts';

const rounds = 3;
const logged = 100_000;
const posts = 20_000;
const concurrency = 32;
/** So many are sent first and not measured: the engine compiles what runs often. */
const warmUp = 10_000;

interface Way {
  readonly served: Served;
  /** Deliveries so far. */
  arrived(): Promise<number>;
}

interface Result {
  readonly perSecond: number;
  /** Processor time of the daemon for an event, in microseconds. */
  readonly processorUs: number;
}

async function deliver({ served, arrived }: Way, sender: Sender, count: number): Promise<Result> {
  const goal = (await arrived()) + count;
  const [begun, usedBefore] = [performance.now(), await processorMs(served.daemon)];
  await sender.send(served.socket, count);
  await until(`${count} deliveries`, async () => (await arrived()) >= goal, { deadlineMs: 300_000 });
  const tookMs = performance.now() - begun;
  return {
    perSecond: (count * 1000) / tookMs,
    processorUs: (((await processorMs(served.daemon)) - usedBefore) * 1000) / count,
  };
}

async function toLog(sender: Sender, defer: Defer): Promise<Way> {
  const served = await serve(
    (home) => ['notifiers: audit', 'audit_method: log', `audit_log_file: ${home}/events.log`],
    defer,
  );
  const size = async (): Promise<number> => (await stat(join(served.home, 'events.log'))).size;
  await sender.send(served.socket, 1);
  // Every line is as long as the first: the events are copies, and the ids and times have a fixed length.
  const line = await until('the first line', async () => (await size()) || undefined);
  return { served, arrived: async () => Math.floor((await size()) / line) };
}

async function toWebhook(receiver: CountingReceiver, defer: Defer): Promise<Way> {
  const served = await serve(
    () => [
      'notifiers: hook',
      'hook_method: webhook',
      `hook_webhook_url: ${receiver.url}`,
      'order: none',
      `concurrency: ${concurrency}`,
    ],
    defer,
  );
  return { served, arrived: receiver.count };
}

/** The same posts by undici alone, as many at a time. Answers how many there were in a second. */
async function barePosts({ url }: CountingReceiver, body: string, count: number): Promise<number> {
  const agent = new Agent({ connections: concurrency });
  const { origin, pathname: path } = new URL(url);
  const begun = performance.now();
  let left = count;
  const loop = async (): Promise<void> => {
    while (left-- > 0) {
      const headers = { 'content-type': 'application/json' };
      const answer = await agent.request({ origin, path, method: 'POST', body, headers });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  const rate = (count * 1000) / (performance.now() - begun);
  await agent.close();
  return rate;
}

async function measure(defer: Defer): Promise<void> {
  const directory = await makeWorkspace(defer);
  const sender = await compileSender(directory);
  const receiver = await startCountingReceiver(defer);
  const log = await toLog(sender, defer);
  const webhook = await toWebhook(receiver, defer);
  const body = JSON.stringify({ event: 'FlagsSet', padding: 'x'.repeat(400) });
  await deliver(log, sender, warmUp);
  await deliver(webhook, sender, warmUp);
  await barePosts(receiver, body, warmUp);
  const results = { log: [] as Result[], webhook: [] as Result[] };
  const limits = { sink: [] as number[], bare: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    limits.sink.push(await sinkRate(sender, directory, defer));
    results.log.push(await deliver(log, sender, logged));
    limits.bare.push(await barePosts(receiver, body, posts));
    results.webhook.push(await deliver(webhook, sender, posts));
  }
  const row = (what: string, given: readonly Result[], beside: string, limit: readonly number[]) => [
    what,
    Math.round(median(given.map(({ perSecond }) => perSecond))),
    Math.round(median(given.map(({ processorUs }) => processorUs))),
    beside,
    Math.round(median(limit)),
    share(median(given.map(({ perSecond }) => perSecond)), median(limit)),
  ];
  printTable(`Delivered, from the first sendto to the last delivery; medians of ${rounds} alternating runs`, [
    ['way', 'per second', 'processor (us an event)', 'beside', 'per second', 'ratio'],
    row(`log, ${logged} events`, results.log, 'the sink', limits.sink),
    row(`webhook, ${posts} events, ${concurrency} at a time`, results.webhook, 'bare undici', limits.bare),
  ]);
}

await measuringWithSender(measure);
