/** Method amqp on a real RabbitMQ, with a fault proxy between: what is published, what each refusal means, and nothing later. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { amqp } from '../../../src/notifier/amqp.ts';
import type { Delivery, Notification, Notifier, Outcome } from '../../../src/notifier/notifier.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { attemptWithin, openMethod, testServices } from '../../notifier/open-method.ts';
import { eventNotification, hostileNotifications, requestNotification } from '../../notifier/samples.ts';
import { belfry } from '../daemon.ts';
import { documentedDaemon } from './documented.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { killUnderLoad } from './kill-run.ts';
import { type RabbitReader, type RabbitServer, readRabbit, startRabbit } from './rabbitmq-server.ts';
import { needing } from './server.ts';

const { skipped, title } = needing('method amqp', 'rabbitmq-server');

describe.skipIf(skipped)(title, () => {
  const never = new AbortController().signal;
  const ofAll: (() => unknown)[] = [];
  const ofTest: (() => unknown)[] = [];
  const undo = async (all: (() => unknown)[]): Promise<void> => {
    for (const one of all.splice(0).reverse()) await one();
  };
  let server: RabbitServer;
  let reader: RabbitReader;
  let proxy: FaultProxy;
  const login = { user: 'belfry', password: 'secret' };

  beforeAll(async () => {
    server = await startRabbit((one) => ofAll.push(one), { lines: ['max_message_size = 200000'] });
    reader = await readRabbit(server.port, (one) => ofAll.push(one));
    proxy = await startFaultProxy(server.port, (one) => ofAll.push(one));
  });
  afterEach(async () => {
    await undo(ofTest);
    proxy.set('pass');
    await reader.clear();
  });
  afterAll(() => undo(ofAll));

  async function open(options: Readonly<Record<string, string>> = {}, attemptTimeoutMs = 60_000): Promise<Notifier> {
    const all = { url: `amqp://127.0.0.1:${proxy.port}`, ...login, ...options };
    const notifier = await openMethod(amqp, all, testServices({ attemptTimeoutMs }));
    ofTest.push(() => notifier.close());
    return notifier;
  }
  const deliveries = (notifications: readonly Notification[], lane = ''): readonly Delivery[] =>
    notifications.map((notification) => ({ notification, attempt: 1, lane }));
  const statuses = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(({ status }) => status);
  const idsIn = async (): Promise<readonly string[]> => (await reader.messages()).map(({ id }) => id);

  for (const fault of ['reset', 'garbage'] as const) {
    notifierContract(`amqp, where the fault is ${fault}`, async () => {
      proxy.set('pass');
      await reader.clear();
      return {
        notifier: await openMethod(amqp, { url: `amqp://127.0.0.1:${proxy.port}`, ...login }),
        received: idsIn,
        breakPeer: () => proxy.set(fault),
        hangPeer: () => proxy.set('half-open'),
        dispose: async () => proxy.set('pass'),
      };
    });
  }

  test('a message has the properties that are documented', async () => {
    const notifier = await open();
    const event = eventNotification('01-event');
    const request = requestNotification('02-request');
    expect(statuses(await notifier.notify(deliveries([event, request]), never))).toEqual(['delivered', 'delivered']);
    const [first, second] = await reader.messages();
    expect(first).toMatchObject({
      ...{ id: '01-event', routingKey: 'belfry.john.MessageNew', payload: event.message },
      properties: {
        ...{ contentType: 'application/json', deliveryMode: 2, appId: 'belfry', type: 'MessageNew' },
        ...{ timestamp: 1_795_242_536, headers: { class: 'EVENT' } },
      },
    });
    expect(second).toMatchObject({ id: '02-request', routingKey: 'belfry.john._', properties: { type: 'MAIL' } });
    expect(JSON.parse(second?.payload ?? '')).toMatchObject({ class: 'MAIL', message: request.message });
  });

  test('hostile values change neither the words of the routing key nor anything else', async () => {
    const notifier = await open({ routing_key: 'mail.{user}.{mailbox}.x' });
    for (const notification of hostileNotifications()) {
      const [outcome] = await notifier.notify(deliveries([notification]), never);
      const long = Buffer.byteLength(notification.user + notification.mailbox) > 10_000;
      expect(outcome?.status).toBe(long ? 'rejected' : 'delivered');
      if (long) continue;
      const [message] = await reader.messages();
      expect(message?.id).toBe(notification.id);
      expect(message?.routingKey).toMatch(/^mail\.[A-Za-z0-9_@=,~%-]+\.[A-Za-z0-9_@=,~%-]+\.x$/);
      const [, user = ''] = message?.routingKey.split('.') ?? [];
      expect(user === '_' ? '' : decodeURIComponent(user)).toBe(notification.user.toWellFormed());
      await reader.clear();
    }
  });

  test('what no queue is bound for comes back and is retried, and other mailboxes go on', async () => {
    const notifier = await open({ routing_key: '{user}.x' });
    const of = (id: string, user: string, lane: string): Delivery => ({
      ...{ notification: eventNotification(id, { user }), attempt: 1, lane },
    });
    const outcomes = await notifier.notify(
      [of('1', 'mail', 'a'), of('2', 'nowhere', 'a'), of('3', 'mail', 'a'), of('4', 'mail', 'b')],
      never,
    );
    expect(statuses(outcomes)).toEqual(['delivered', 'retry', 'retry', 'delivered']);
    expect(outcomes[1]).toMatchObject({ reason: expect.stringMatching(/312.*amqp_routing_key/) });
    expect((await idsIn()).toSorted()).toEqual(['1', '4']);
  });

  test('a missing exchange is retried, and found once it is declared', async () => {
    const notifier = await open({ exchange: 'later', routing_key: 'mail.x' });
    for (let call = 0; call < 3; call += 1) {
      const outcomes = await notifier.notify(deliveries([eventNotification('01'), eventNotification('02')]), never);
      expect(statuses(outcomes)).toEqual(['retry', 'retry']);
      expect(outcomes[0]).toMatchObject({ reason: expect.stringMatching(/404.*amqp_exchange/) });
    }
    await reader.channel.assertExchange('later', 'topic');
    await reader.channel.bindQueue('all', 'later', '#');
    expect(statuses(await notifier.notify(deliveries([eventNotification('03')]), never))).toEqual(['delivered']);
    expect(await idsIn()).toEqual(['03']);
  });

  test('a queue that refuses more is retried', async () => {
    const full = { maxLength: 1, arguments: { 'x-overflow': 'reject-publish' } };
    await reader.channel.assertQueue('full', full);
    await reader.channel.bindQueue('full', 'amq.topic', 'full.#');
    const notifier = await open({ routing_key: 'full.x' });
    const outcomes = await notifier.notify(deliveries([eventNotification('01'), eventNotification('02')]), never);
    expect(statuses(outcomes)).toEqual(['delivered', 'retry']);
  });

  test.each([
    [{ password: 'wrong' }, /403.*amqp_password/],
    [{ vhost: 'no/such' }, /amqp_vhost/],
  ])('with %o nothing is delivered', async (options, reason) => {
    const outcomes = await (await open(options)).notify(deliveries([eventNotification('01')]), never);
    expect(outcomes).toMatchObject([{ status: 'retry', reason: expect.stringMatching(reason) }]);
  });

  test('what is longer than the broker accepts is rejected once it has said so, and the rest is delivered', async () => {
    const notifier = await open();
    const long = eventNotification('01-long', { snippet: 'x'.repeat(200_000) });
    const call = () => notifier.notify(deliveries([long, eventNotification('02')]), never);
    expect(statuses(await call())).toEqual(['retry', 'retry']);
    const outcomes = await call();
    expect(statuses(outcomes)).toEqual(['rejected', 'delivered']);
    expect(outcomes[0]).toMatchObject({ reason: expect.stringMatching(/200000/) });
    expect(await idsIn()).toEqual(['02']);
  });

  test('nothing is published after its time limit, neither to a silent broker nor to one that is away', async () => {
    const notifier = await open();
    expect(await attemptWithin(5000, notifier, eventNotification('01'))).toMatchObject({ status: 'delivered' });
    proxy.set('half-open');
    expect(await attemptWithin(300, notifier, eventNotification('02'))).toMatchObject({ status: 'retry' });
    proxy.set('reset');
    expect(await attemptWithin(300, notifier, eventNotification('03'))).toMatchObject({ status: 'retry' });
    proxy.set('pass');
    expect(await attemptWithin(5000, notifier, eventNotification('04'))).toMatchObject({ status: 'delivered' });
    expect(await idsIn()).toEqual(['01', '04']);
  });

  test('the configuration of the documentation', async () => {
    const { place } = await documentedDaemon('docs/amqp.md', ['127.0.0.1:5672', `127.0.0.1:${server.port}`]);
    const { stdout: example } = await belfry(['events', 'MessageNew', '--example']);
    const sent = await belfry(['send', '-C', place.configurationFile, '--event', '-'], { input: example });
    expect(sent.status).toBe(0);
    await expect.poll(async () => (await reader.messages()).length, { timeout: 60_000 }).toBe(1);
    const [message] = await reader.messages();
    expect(message?.routingKey).toMatch(/^mail\.[^.]+\.MessageNew$/);
  });

  test('killed and restarted under load, and every fault of the network: nothing lost, in order', async () => {
    const { sent, duplicates } = await killUnderLoad(
      {
        ...{ server, proxy },
        lines: [
          ...['broker_method: amqp', `broker_amqp_url: amqp://127.0.0.1:${proxy.port}`],
          ...['broker_amqp_user: belfry', 'broker_amqp_password: secret'],
        ],
        received: async () => (await reader.messages()).map(({ id, payload }) => ({ id, event: JSON.parse(payload) })),
      },
      (one) => ofTest.push(one),
    );
    expect(sent).toBeGreaterThan(100);
    expect(duplicates).toBeLessThan(sent);
  });
});
