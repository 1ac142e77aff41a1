/**
 * A daemon under load whose broker is killed and started again, and whose network fails in every way: nothing may be lost, and
 * each mailbox keeps its order.
 */
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { chanceOf } from '../chance.ts';
import { expectOrder } from '../crash-account.ts';
import { type Delivered, deadOf } from '../crash-place.ts';
import { startDaemon } from '../daemon.ts';
import { wholeLinesOf } from '../notification.ts';
import { notifierRows, untilDrained } from '../notifier-rows.ts';
import { keyOf, numberedSender } from '../numbered-sender.ts';
import { configure, type Place } from '../place.ts';
import { type Defer, makeWorkspace } from '../workspace.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { RealServer } from './server.ts';

export interface KillRun {
  readonly server: RealServer;
  readonly proxy: FaultProxy;
  /** Options of the notifier `broker`, which goes through the proxy: its method and what that needs. */
  readonly lines: readonly string[];
  /** What the broker holds, in order of arrival: for each message belfry's id and the event. */
  received(): Promise<readonly { readonly id: string; readonly event: unknown }[]>;
}

/** Answers how many events were sent, and how many of them the broker holds more than once. */
export async function killUnderLoad(
  { server, proxy, lines, received }: KillRun,
  defer: Defer,
): Promise<{ readonly sent: number; readonly duplicates: number }> {
  const directory = await makeWorkspace(defer);
  const file = (name: string): string => join(directory, name);
  const [configurationFile, journal] = [file('belfry.conf'), file('journal.log')];
  const at: Place = { directory, socket: file('notify'), configurationFile, journal };
  await configure(at, [
    ...['notifiers: broker journal', 'journal_method: log', `journal_log_file: ${journal}`],
    ...['retry_schedule: 1s', 'breaker_pause: 1s', 'broker_attempt_timeout: 2s', 'concurrency: 8'],
    ...lines,
  ]);
  const daemon = await startDaemon(['serve', '-C', configurationFile], defer);
  const row = async () => (await notifierRows(file('control'))).get('broker');
  const sender = numberedSender(at.socket, chanceOf(5423));
  const stop = new AbortController();
  defer(() => stop.abort());
  const sending = sender.keepSending(stop.signal);

  /** Deliveries go on, whatever was before. */
  async function untilDelivering(): Promise<void> {
    const before = (await row())?.delivered ?? 0;
    await until('deliveries to go on', async () => ((await row())?.delivered ?? 0) > before + 20);
  }
  /** The fault is felt. */
  async function untilFailing(): Promise<void> {
    await until('entries to wait for the broker', async () => {
      const { waiting = 0, deferred = 0 } = (await row()) ?? {};
      return waiting + deferred > 20;
    });
  }

  await untilDelivering();
  for (const fault of ['half-open', 'reset', 'garbage'] as const) {
    proxy.set(fault);
    await untilFailing();
    proxy.set('pass');
    await untilDelivering();
  }
  for (let kill = 0; kill < 3; kill += 1) {
    await server.kill();
    await untilFailing();
    await server.start();
    await untilDelivering();
  }
  proxy.set('slow');
  await untilDelivering();
  proxy.set('pass');
  stop.abort();
  await sending;
  await untilDrained(file('control'), 240_000);
  await daemon.stop();

  const dead = await deadOf(configurationFile, 'broker');
  if (dead.length > 0) throw new Error(`${dead.length} were given up: ${JSON.stringify(dead[0])}`);
  const log = (await wholeLinesOf(journal)).map((line): Delivered => {
    const { id, payload }: { id: string; payload: unknown } = JSON.parse(line);
    return { id, key: keyOf(payload) };
  });
  // The ids sort as the spool does.
  log.sort((a, b) => (a.id < b.id ? -1 : 1));
  if (log.length !== sender.accepted()) throw new Error(`${sender.accepted()} were sent, the log has ${log.length}`);
  const delivered = (await received()).map(({ id, event }) => ({ id, key: keyOf(event) }));
  expectOrder(log, delivered);
  return { sent: log.length, duplicates: delivered.length - log.length };
}
