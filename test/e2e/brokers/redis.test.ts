/** Method redis on a real Redis, with a fault proxy between: what is added, what each refusal means, and nothing later. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Delivery, Notification, Notifier, Outcome } from '../../../src/notifier/notifier.ts';
import { redis } from '../../../src/notifier/redis.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { openMethod, testServices } from '../../notifier/open-method.ts';
import { eventNotification, hostileNotifications, requestNotification } from '../../notifier/samples.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { killUnderLoad } from './kill-run.ts';
import { type RedisReader, readRedis } from './redis-client.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { needing } from './server.ts';

const { skipped, title } = needing('method redis', 'redis-server');

describe.skipIf(skipped)(title, () => {
  const never = new AbortController().signal;
  const ofAll: (() => void | Promise<void>)[] = [];
  const ofTest: (() => void | Promise<void>)[] = [];
  const undo = async (all: (() => void | Promise<void>)[]): Promise<void> => {
    for (const one of all.splice(0).reverse()) await one();
  };
  let server: RedisServer;
  let reader: RedisReader;
  let proxy: FaultProxy;

  beforeAll(async () => {
    server = await startRedis((one) => ofAll.push(one));
    reader = readRedis(server.port, (one) => ofAll.push(one));
    proxy = await startFaultProxy(server.port, (one) => ofAll.push(one));
  });
  afterEach(async () => {
    await undo(ofTest);
    proxy.set('pass');
    await reader.client.flushall();
  });
  afterAll(() => undo(ofAll));

  async function open(options: Readonly<Record<string, string>> = {}, attemptTimeoutMs = 60_000): Promise<Notifier> {
    const url = `redis://127.0.0.1:${proxy.port}`;
    const notifier = await openMethod(redis, { url, ...options }, testServices({ attemptTimeoutMs }));
    ofTest.push(() => notifier.close());
    return notifier;
  }
  const deliveries = (notifications: readonly Notification[], lane = ''): readonly Delivery[] =>
    notifications.map((notification) => ({ notification, attempt: 1, lane }));
  const statuses = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(({ status }) => status);
  const reasonOf = (outcome: Outcome | undefined): string => (outcome && 'reason' in outcome ? outcome.reason : '');

  for (const fault of ['reset', 'garbage', 'down'] as const) {
    notifierContract(`redis, where the fault is ${fault}`, async () => {
      proxy.set('pass');
      await reader.client.flushall();
      return {
        notifier: await openMethod(redis, { url: `redis://127.0.0.1:${proxy.port}` }),
        received: async () => reader.ids('belfry'),
        breakPeer: async () => {
          if (fault !== 'down') proxy.set(fault);
          // Full: everything but reading is refused.
          else await reader.client.config('SET', 'maxmemory', '1');
        },
        hangPeer: () => proxy.set('half-open'),
        dispose: async () => {
          await reader.client.config('SET', 'maxmemory', '0');
        },
      };
    });
  }

  notifierContract('redis over a slow network', async () => {
    await reader.client.flushall();
    proxy.set('slow');
    return {
      notifier: await openMethod(redis, { url: `redis://127.0.0.1:${proxy.port}`, stream: 'slow' }),
      received: async () => reader.ids('slow'),
      dispose: async () => proxy.set('pass'),
    };
  });

  test('an entry has the fields that are documented', async () => {
    const notifier = await open({ stream: 'mail:{user}' });
    const event = eventNotification('01-event', { modseq: 4 });
    const request = requestNotification('02-request', { user: 'jörg/../:{x}' });
    expect(statuses(await notifier.notify(deliveries([event, request]), never))).toEqual(['delivered', 'delivered']);
    expect(await reader.entries('mail:john')).toEqual([
      {
        ...{ id: '01-event', class: 'EVENT', event: 'MessageNew', user: 'john', mailbox: 'user.john' },
        ...{ receivedAt: '2026-11-21T06:28:56.018Z', payload: event.message },
      },
    ]);
    const [entry] = await reader.entries('mail:j%C3%B6rg%2F..%2F%3A%7Bx%7D');
    expect(entry).toMatchObject({ id: '02-request', class: 'MAIL', event: '', user: 'jörg/../:{x}' });
    expect(JSON.parse(entry?.['payload'] ?? '')).toMatchObject({ class: 'MAIL', message: request.message });
  });

  test('hostile values change neither the key beyond their place nor the fields', async () => {
    const notifier = await open({ stream: 'in:{user}:{mailbox}:out' });
    for (const notification of hostileNotifications()) {
      const [outcome] = await notifier.notify(deliveries([notification]), never);
      const long = Buffer.byteLength(notification.user + notification.mailbox) > 1024;
      expect(outcome?.status).toBe(long ? 'rejected' : 'delivered');
      if (long) continue;
      const keys = await reader.client.keys('*');
      expect(keys).toHaveLength(1);
      expect(keys[0]).toMatch(/^in:[A-Za-z0-9._@+=,~%-]+:[A-Za-z0-9._@+=,~%-]+:out$/);
      const [entry] = await reader.entries(keys[0] ?? '');
      expect(Object.keys(entry ?? {})).toHaveLength(7);
      expect(entry).toMatchObject({ id: notification.id, user: notification.user.toWellFormed() });
      await reader.client.flushall();
    }
  });

  test('a stream keeps about so many entries', async () => {
    const notifier = await open({ maxlen: '100' });
    for (let call = 0; call < 10; call += 1) {
      const all = Array.from({ length: 100 }, (_, at) => eventNotification(`${call}-${at}`));
      await notifier.notify(deliveries(all), never);
    }
    expect(await reader.client.xlen('belfry')).toBeLessThan(300);
  });

  test.each([
    ['MISCONF', 'config set min-replicas-to-write 3', /^redis:.*NOREPLICAS/],
    ['OOM', 'config set maxmemory 1', /^redis:.*OOM/],
    ['READONLY', 'replicaof 127.0.0.1 1', /^redis:.*READONLY.*redis_url/],
  ])('all is retried, and nothing is added, in the state %s of the server', async (_, command, reason) => {
    const notifier = await open();
    ofTest.push(async () => {
      await reader.client.replicaof('no', 'one');
      await reader.client.config('SET', 'min-replicas-to-write', '0');
      await reader.client.config('SET', 'maxmemory', '0');
    });
    const [name = '', ...words] = command.split(' ');
    await reader.client.call(name, ...words);
    const outcomes = await notifier.notify(deliveries([eventNotification('1'), eventNotification('2')]), never);
    expect(statuses(outcomes)).toEqual(['retry', 'retry']);
    expect(reasonOf(outcomes[0])).toMatch(reason);
    expect(await reader.ids('belfry')).toEqual([]);
  });

  test('a wrong type holds back its mailbox, and no other one', async () => {
    await reader.client.set('mail:bad', 'no stream');
    const notifier = await open({ stream: 'mail:{user}' });
    const user = (id: string, name: string, lane: string): Delivery => ({
      ...{ notification: eventNotification(id, { user: name }), attempt: 1, lane },
    });
    const outcomes = await notifier.notify(
      [user('1', 'good', 'a'), user('2', 'bad', 'a'), user('3', 'good', 'a'), user('4', 'good', 'b')],
      never,
    );
    expect(statuses(outcomes)).toEqual(['delivered', 'retry', 'retry', 'delivered']);
    expect(reasonOf(outcomes[1])).toMatch(/WRONGTYPE.*redis_stream/);
    // The third is there already, and is added once more after the second: it has the same id.
    expect(await reader.ids('mail:good')).toEqual(['1', '3', '4']);
  });

  test('a user without a permission is retried, and none of it is added out of order', async () => {
    await reader.client.call('ACL', 'SETUSER', 'narrow', 'on', '>pa:ss', '~mail:good', '+@all');
    const options = { stream: 'mail:{user}', user: 'narrow', password: 'pa:ss' };
    const notifier = await open(options);
    const user = (id: string, name: string, lane: string): Delivery => ({
      ...{ notification: eventNotification(id, { user: name }), attempt: 1, lane },
    });
    const given = [user('1', 'good', 'a'), user('2', 'bad', 'a'), user('3', 'good', 'a'), user('4', 'good', 'b')];
    const outcomes = await notifier.notify(given, never);
    expect(statuses(outcomes)).toEqual(['retry', 'retry', 'retry', 'delivered']);
    expect(reasonOf(outcomes[1])).toMatch(/NOPERM.*redis_stream/);
    expect(await reader.ids('mail:good')).toEqual(['4']);
    await reader.client.call('ACL', 'SETUSER', 'narrow', 'allkeys');
    expect(statuses(await notifier.notify(given.slice(0, 3), never))).toEqual(['delivered', 'delivered', 'delivered']);
    const wrong = await open({ ...options, password: 'other' });
    expect(reasonOf((await wrong.notify(given, never))[0])).toMatch(/WRONGPASS.*redis_password/);
    await reader.client.call('ACL', 'SETUSER', 'narrow', '-multi');
    expect(statuses(await notifier.notify(given.slice(0, 1), never))).toEqual(['delivered']);
    await reader.client.call('ACL', 'DELUSER', 'narrow');
  });

  test('requests that are larger than one transaction may be are added in several, in order', async () => {
    const notifier = await open();
    const all = Array.from({ length: 9 }, (_, at) =>
      eventNotification(`large-${at}`, { messageContent: 'x'.repeat(600 * 1024) }),
    );
    expect(new Set(statuses(await notifier.notify(deliveries(all), never)))).toEqual(new Set(['delivered']));
    expect(await reader.ids('belfry')).toEqual(all.map(({ id }) => id));
  });

  test('a database that is not there is a mistake, and nothing goes into another', async () => {
    const [outcome] = await (await open({ database: '99' })).notify(deliveries([eventNotification('1')]), never);
    expect(reasonOf(outcome)).toMatch(/DB index/);
    expect(await reader.client.dbsize()).toBe(0);
    const second = await open({ database: '1' });
    expect(statuses(await second.notify(deliveries([eventNotification('2')]), never))).toEqual(['delivered']);
    expect(await reader.client.dbsize()).toBe(0);
  });

  test('replicas that do not confirm in time mean retry', async () => {
    const [outcome] = await (await open({ wait: '1' }, 200)).notify(deliveries([eventNotification('1')]), never);
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringMatching(/ 0 .* 1 /) });
  });

  test('what was given up is not sent later, and the next call has a new connection', async () => {
    const notifier = await open();
    expect(statuses(await notifier.notify(deliveries([eventNotification('1')]), never))).toEqual(['delivered']);
    proxy.set('half-open');
    const abort = new AbortController();
    const before = proxy.sent();
    const hung = [1, 2, 3].map((n) => notifier.notify(deliveries([eventNotification(`hung-${n}`)]), abort.signal));
    await expect.poll(() => proxy.sent()).toBeGreaterThan(before);
    abort.abort('timeout');
    expect((await Promise.all(hung)).flatMap(statuses)).toEqual(['retry', 'retry', 'retry']);
    await expect.poll(() => proxy.open()).toBe(0);
    proxy.set('pass');
    const sent = proxy.sent();
    expect(statuses(await notifier.notify(deliveries([eventNotification('2')]), never))).toEqual(['delivered']);
    expect(await reader.ids('belfry')).toEqual(['1', '2']);
    expect(proxy.sent() - sent).toBeLessThan(2000);
  });

  test('a server that is not there is named, and is found when it is back', async () => {
    const notifier = await open({ url: `redis://127.0.0.1:${server.port}` });
    await server.kill();
    const [outcome] = await notifier.notify(deliveries([eventNotification('1')]), never);
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringMatching(/^redis:.*ECONNREFUSED/) });
    await server.start();
    expect(statuses(await notifier.notify(deliveries([eventNotification('2')]), never))).toEqual(['delivered']);
  });

  test('nothing is lost, and each mailbox keeps its order, while the server is killed and the network fails', async () => {
    const url = `redis://127.0.0.1:${proxy.port}`;
    const { sent, duplicates } = await killUnderLoad(
      {
        ...{
          server,
          proxy,
          lines: ['broker_method: redis', `broker_redis_url: ${url}`, 'broker_redis_stream: killed'],
        },
        received: async () =>
          (await reader.entries('killed')).map(({ id = '', payload = '' }) => ({ id, event: JSON.parse(payload) })),
      },
      (one) => ofTest.push(one),
    );
    process.stdout.write(`redis: ${sent} events, ${duplicates} of them twice\n`);
    expect(sent).toBeGreaterThan(300);
  });
});
