/** Method mqtt on a real Mosquitto, with a fault proxy between: what is published, what each refusal means, and nothing later. */
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mqtt } from '../../../src/notifier/mqtt.ts';
import type { Delivery, Notification, Notifier, Outcome } from '../../../src/notifier/notifier.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { attemptWithin, openMethod, testServices } from '../../notifier/open-method.ts';
import { eventNotification, hostileNotifications, requestNotification } from '../../notifier/samples.ts';
import { belfry } from '../daemon.ts';
import { documentedDaemon } from './documented.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { killUnderLoad } from './kill-run.ts';
import { type MosquittoServer, type Reader, readMosquitto, startMosquitto } from './mosquitto-server.ts';
import { needing } from './server.ts';

const { skipped, title } = needing('method mqtt', 'mosquitto');
const fixtures = join(import.meta.dirname, '../../fixtures/http');
/** Signed by itself: also its own CA, and the client's. */
const certificate = join(fixtures, 'certificate.pem');
const key = join(fixtures, 'key.pem');

describe.skipIf(skipped)(title, () => {
  const never = new AbortController().signal;
  const ofAll: (() => unknown)[] = [];
  const ofTest: (() => unknown)[] = [];
  const undo = async (all: (() => unknown)[]): Promise<void> => {
    for (const one of all.splice(0).reverse()) await one();
  };
  let server: MosquittoServer;
  let reader: Reader;
  let proxy: FaultProxy;
  const login = { user: 'belfry', password: 'secret' };

  beforeAll(async () => {
    server = await startMosquitto((one) => ofAll.push(one), {
      lines: ['max_packet_size 200000'],
      tls: { ca: certificate, certificate, key },
    });
    reader = await readMosquitto(server.port, (one) => ofAll.push(one));
    proxy = await startFaultProxy(server.port, (one) => ofAll.push(one));
  });
  afterEach(async () => {
    await undo(ofTest);
    proxy.set('pass');
    await reader.messages();
    reader.clear();
  });
  afterAll(() => undo(ofAll));

  async function open(options: Readonly<Record<string, string>> = {}, attemptTimeoutMs = 60_000): Promise<Notifier> {
    const all = { url: `mqtt://127.0.0.1:${proxy.port}`, ...login, ...options };
    const notifier = await openMethod(mqtt, all, testServices({ attemptTimeoutMs }));
    ofTest.push(() => notifier.close());
    return notifier;
  }
  const deliveries = (notifications: readonly Notification[], lane = ''): readonly Delivery[] =>
    notifications.map((notification) => ({ notification, attempt: 1, lane }));
  const statuses = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(({ status }) => status);
  const idsIn = async (): Promise<readonly string[]> => (await reader.messages()).map(({ id }) => id);

  for (const fault of ['reset', 'garbage'] as const) {
    notifierContract(`mqtt, where the fault is ${fault}`, async () => {
      proxy.set('pass');
      await reader.messages();
      reader.clear();
      return {
        notifier: await openMethod(mqtt, { url: `mqtt://127.0.0.1:${proxy.port}`, ...login }),
        received: idsIn,
        breakPeer: () => proxy.set(fault),
        hangPeer: () => proxy.set('half-open'),
        dispose: async () => proxy.set('pass'),
      };
    });
  }

  notifierContract('mqtt over TLS and a slow network', async () => {
    const undone: (() => unknown)[] = [];
    const slow = await startFaultProxy(server.tlsPort, (one) => undone.push(one));
    slow.set('slow');
    await reader.messages();
    reader.clear();
    const files = { ca: certificate, client_certificate: certificate, client_key: key };
    return {
      notifier: await openMethod(mqtt, { url: `mqtts://127.0.0.1:${slow.port}`, ...login, ...files }),
      received: idsIn,
      breakPeer: () => slow.set('reset'),
      dispose: () => undo(undone),
    };
  });

  test('a message has the properties that are documented', async () => {
    const notifier = await open({ expiry: '1h' });
    const event = eventNotification('01-event');
    const request = requestNotification('02-request');
    expect(statuses(await notifier.notify(deliveries([event, request]), never))).toEqual(['delivered', 'delivered']);
    const [first, second] = await reader.messages();
    expect(first).toMatchObject({
      topic: 'belfry/john/MessageNew',
      payload: event.message,
      properties: {
        contentType: 'application/json',
        payloadFormatIndicator: true,
        userProperties: { id: '01-event', class: 'EVENT', event: 'MessageNew' },
      },
    });
    const { messageExpiryInterval } = first?.properties ?? {};
    expect(messageExpiryInterval).toBeGreaterThan(3500);
    expect(second).toMatchObject({ topic: 'belfry/john/_', properties: { userProperties: { id: '02-request' } } });
    expect(JSON.parse(second?.payload ?? '')).toMatchObject({ class: 'MAIL', message: request.message });
  });

  test('hostile values change neither the levels of the topic nor anything else', async () => {
    const notifier = await open({ topic: 'mail/{user}/{mailbox}/x' });
    for (const notification of hostileNotifications()) {
      const [outcome] = await notifier.notify(deliveries([notification]), never);
      const long = Buffer.byteLength(notification.user + notification.mailbox) > 10_000;
      expect(outcome?.status).toBe(long ? 'rejected' : 'delivered');
      if (long) continue;
      const [message] = await reader.messages();
      expect(message?.id).toBe(notification.id);
      expect(message?.topic).toMatch(/^mail\/[A-Za-z0-9._@=,~%-]+\/[A-Za-z0-9._@=,~%-]+\/x$/);
      const [, user = ''] = message?.topic.split('/') ?? [];
      expect(user === '_' ? '' : decodeURIComponent(user)).toBe(notification.user.toWellFormed());
      reader.clear();
    }
  });

  test('a retained message is there for those who come later', async () => {
    const notifier = await open({ retain: 'yes', topic: 'mail/last' });
    await notifier.notify(deliveries([eventNotification('01'), eventNotification('02')]), never);
    const late = await connectAsync({ port: server.port, host: '127.0.0.1', username: 'reader', password: 'secret' });
    ofTest.push(() => late.endAsync(true));
    const got = new Promise<string>((resolve) => late.on('message', (_topic, payload) => resolve(payload.toString())));
    await late.subscribeAsync('mail/last');
    expect(JSON.parse(await got)).toEqual(eventNotification('02').payload);
    await late.publishAsync('mail/last', '', { retain: true, qos: 1 });
  });

  test('without the permission for the topic all of a mailbox is retried, and other mailboxes go on', async () => {
    const notifier = await open({ topic: '{user}/x' });
    const of = (id: string, user: string, lane: string): Delivery => ({
      ...{ notification: eventNotification(id, { user }), attempt: 1, lane },
    });
    const outcomes = await notifier.notify(
      [of('1', 'mail', 'a'), of('2', 'secret', 'a'), of('3', 'mail', 'a'), of('4', 'mail', 'b')],
      never,
    );
    expect(statuses(outcomes)).toEqual(['delivered', 'retry', 'retry', 'delivered']);
    expect(outcomes[1]).toMatchObject({ reason: expect.stringMatching(/135/) });
    expect((await idsIn()).toSorted()).toEqual(['1', '4']);
  });

  test.each([
    [{ password: 'wrong' }, /134|135/],
    [{ user: 'nobody' }, /134|135/],
  ])('with %o nothing is delivered', async (options, reason) => {
    const outcomes = await (await open(options)).notify(deliveries([eventNotification('01')]), never);
    expect(outcomes).toMatchObject([{ status: 'retry', reason: expect.stringMatching(reason) }]);
  });

  test('what is longer than the broker takes is rejected, and what comes after it is delivered', async () => {
    const notifier = await open();
    const long = eventNotification('01-long', { snippet: 'x'.repeat(200_000) });
    const longest = eventNotification('02-longest', { snippet: 'x'.repeat(198_500) });
    const outcomes = await notifier.notify(deliveries([long, longest, eventNotification('03')]), never);
    expect(statuses(outcomes)).toEqual(['rejected', 'delivered', 'delivered']);
    expect(outcomes[0]).toMatchObject({ reason: expect.stringMatching(/200000/) });
    expect(await idsIn()).toEqual(['02-longest', '03']);
  });

  test('nothing is published after its time limit, neither to a silent broker nor to one that is away', async () => {
    const notifier = await open({}, 300);
    expect(await attemptWithin(300, notifier, eventNotification('01'))).toMatchObject({ status: 'delivered' });
    proxy.set('half-open');
    const outcome = await attemptWithin(300, notifier, eventNotification('02'));
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringContaining('0.3 s') });
    proxy.set('reset');
    expect(await attemptWithin(300, notifier, eventNotification('03'))).toMatchObject({ status: 'retry' });
    proxy.set('pass');
    expect(await attemptWithin(5000, notifier, eventNotification('04'))).toMatchObject({ status: 'delivered' });
    expect(await idsIn()).toEqual(['01', '04']);
  });

  test('more messages at the same time than the broker takes unconfirmed', async () => {
    const narrow = await startMosquitto((one) => ofTest.push(one), { lines: ['max_inflight_messages 3'] });
    const own = await readMosquitto(narrow.port, (one) => ofTest.push(one));
    const notifier = await open({ url: `mqtt://127.0.0.1:${narrow.port}` });
    const calls = Array.from({ length: 10 }, (_, call) =>
      Array.from({ length: 60 }, (_one, index) => ({
        ...{ notification: eventNotification(`${call}-${index}`), attempt: 1, lane: `${call}-${index % 20}` },
      })),
    );
    const all = (await Promise.all(calls.map((call) => notifier.notify(call, never)))).flat();
    expect(new Set(statuses(all))).toEqual(new Set(['delivered']));
    expect(new Set((await own.messages()).map(({ id }) => id)).size).toBe(600);
  });

  test('killed and restarted under load, and every fault of the network: nothing lost, in order', async () => {
    const own = await startMosquitto((one) => ofTest.push(one));
    const ownReader = await readMosquitto(own.port, (one) => ofTest.push(one));
    const ownProxy = await startFaultProxy(own.port, (one) => ofTest.push(one));
    const { sent, duplicates } = await killUnderLoad(
      {
        server: own,
        proxy: ownProxy,
        lines: [
          ...['broker_method: mqtt', `broker_mqtt_url: mqtt://127.0.0.1:${ownProxy.port}`],
          ...['broker_mqtt_user: belfry', 'broker_mqtt_password: secret'],
        ],
        received: async () =>
          (await ownReader.messages()).map(({ id, payload }) => ({ id, event: JSON.parse(payload) })),
      },
      (one) => ofTest.push(one),
    );
    expect(sent).toBeGreaterThan(100);
    expect(duplicates).toBeLessThan(sent);
  });

  test('the configuration of the documentation', async () => {
    const { place } = await documentedDaemon('docs/mqtt.md', ['127.0.0.1:1883', `127.0.0.1:${server.port}`]);
    const { stdout: example } = await belfry(['events', 'MessageNew', '--example']);
    const sent = await belfry(['send', '-C', place.configurationFile, '--event', '-'], { input: example });
    expect(sent.status).toBe(0);
    await expect.poll(async () => (await reader.messages()).length, { timeout: 60_000 }).toBe(1);
    const [message] = await reader.messages();
    expect(message?.topic).toMatch(/^mail\/[^/]+\/MessageNew$/);
  });
});
