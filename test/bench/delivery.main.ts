/**
 * How fast what is sent is delivered, from the first sendto(2) to the last delivery: to a log file beside the rate of a
 * sink in C, and to a webhook receiver beside a bare loop of undici against the same receiver. The runs alternate, so
 * that both see the same machine: `npm run bench`.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compileSender, type Sender } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { until } from '../support/until.ts';
import { barePosts } from './bare-posts.ts';
import { type CountingReceiver, startCountingReceiver } from './counting-receiver.ts';
import { isShort, measuringWithSender, type Ratios } from './measuring.ts';
import { median, processorMs, type Served, sendToSink, serve, share } from './served.ts';

const rounds = 3;
const { logged, posts } = isShort ? { logged: 20_000, posts: 2000 } : { logged: 100_000, posts: 20_000 };
const concurrency = 32;
/** So many are sent first and not measured: the engine compiles what runs often. */
const warmUp = isShort ? 1000 : 10_000;

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

async function sink(sender: Sender, directory: string, defer: Defer): Promise<Result> {
  const { perSecond, receiverUs } = await sendToSink(sender, directory, defer, logged);
  return { perSecond, processorUs: receiverUs };
}

async function measure(defer: Defer): Promise<Ratios> {
  const directory = await makeWorkspace(defer);
  const sender = await compileSender(directory);
  const receiver = await startCountingReceiver(defer);
  const log = await toLog(sender, defer);
  const webhook = await toWebhook(receiver, defer);
  const body = JSON.stringify({ event: 'FlagsSet', padding: 'x'.repeat(400) });
  await deliver(log, sender, warmUp);
  await deliver(webhook, sender, warmUp);
  await barePosts(receiver, body, warmUp, concurrency);
  const results = { sink: [] as Result[], log: [] as Result[], bare: [] as Result[], webhook: [] as Result[] };
  for (let round = 0; round < rounds; round += 1) {
    results.sink.push(await sink(sender, directory, defer));
    results.log.push(await deliver(log, sender, logged));
    results.bare.push(await barePosts(receiver, body, posts, concurrency));
    results.webhook.push(await deliver(webhook, sender, posts));
  }
  const rate = (given: readonly Result[]): number => median(given.map(({ perSecond }) => perSecond));
  const cost = (given: readonly Result[]): number => Math.round(median(given.map(({ processorUs }) => processorUs)));
  const row = (what: string, given: readonly Result[], limit: readonly Result[]) => [
    what,
    Math.round(rate(given)),
    share(rate(given), rate(limit)),
    cost(given),
  ];
  printTable(`Delivered, from the first sendto to the last delivery; medians of ${rounds} alternating runs`, [
    ['way', 'per second', 'ratio', 'processor (us each)'],
    row('the sink', results.sink, results.sink),
    row(`belfry, log, ${logged} events`, results.log, results.sink),
    row('bare undici', results.bare, results.bare),
    row(`belfry, webhook, ${posts} events, ${concurrency} at a time`, results.webhook, results.bare),
  ]);
  return {
    'log / sink': rate(results.log) / rate(results.sink),
    'webhook / undici': rate(results.webhook) / rate(results.bare),
  };
}

await measuringWithSender('delivery', measure);
