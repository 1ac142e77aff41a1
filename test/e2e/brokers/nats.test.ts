/** Method nats on a real NATS server, with a fault proxy between: what is stored, what each refusal means, and nothing twice. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nats } from '../../../src/notifier/nats.ts';
import type { Delivery, Notification, Notifier, Outcome } from '../../../src/notifier/notifier.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { openMethod, testServices } from '../../notifier/open-method.ts';
import { eventNotification, hostileNotifications, requestNotification } from '../../notifier/samples.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { killUnderLoad } from './kill-run.ts';
import { type NatsReader, readNats } from './nats-client.ts';
import { type NatsServer, startNats } from './nats-server.ts';
import { needing } from './server.ts';

const { skipped, title } = needing('method nats', 'nats-server');

const users = [
  'authorization { users: [',
  '{ user: all, password: "pa:ss" },',
  '{ user: narrow, password: secret, permissions: { publish: ["mail.good.>"], subscribe: ["_INBOX.>"] } } ] }',
];

describe.skipIf(skipped)(title, () => {
  const never = new AbortController().signal;
  const ofAll: (() => void | Promise<void>)[] = [];
  const ofTest: (() => void | Promise<void>)[] = [];
  const undo = async (all: (() => void | Promise<void>)[]): Promise<void> => {
    for (const one of all.splice(0).reverse()) await one();
  };
  let server: NatsServer;
  let reader: NatsReader;
  let proxy: FaultProxy;

  beforeAll(async () => {
    server = await startNats((one) => ofAll.push(one), { lines: users });
    reader = await readNats(server.port, (one) => ofAll.push(one), { user: 'all', pass: 'pa:ss' });
    proxy = await startFaultProxy(server.port, (one) => ofAll.push(one));
    await reader.addStream({ name: 'MAIL', subjects: ['mail.>'] });
    await reader.addStream({ name: 'SMALL', subjects: ['small.>'], max_msgs: 3, discard: 'new', max_msg_size: 2000 });
  });
  afterEach(async () => {
    await undo(ofTest);
    proxy.set('pass');
    await reader.purge('MAIL');
    await reader.purge('SMALL');
  });
  afterAll(() => undo(ofAll));

  const settings = (): Readonly<Record<string, string>> => ({
    ...{ servers: `nats://127.0.0.1:${proxy.port}`, user: 'all', password: 'pa:ss' },
  });
  async function open(options: Readonly<Record<string, string>> = {}, attemptTimeoutMs = 60_000): Promise<Notifier> {
    const notifier = await openMethod(nats, { ...settings(), ...options }, testServices({ attemptTimeoutMs }));
    ofTest.push(() => notifier.close());
    return notifier;
  }
  const deliveries = (notifications: readonly Notification[], lane = ''): readonly Delivery[] =>
    notifications.map((notification) => ({ notification, attempt: 1, lane }));
  const statuses = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(({ status }) => status);
  const reasonOf = (outcome: Outcome | undefined): string => (outcome && 'reason' in outcome ? outcome.reason : '');

  for (const jetstream of ['yes', 'no']) {
    for (const fault of ['reset', 'garbage'] as const) {
      notifierContract(`nats, jetstream: ${jetstream}, where the fault is ${fault}`, async () => {
        proxy.set('pass');
        const own = await reader.subscribe('mail.>');
        return {
          notifier: await openMethod(nats, { ...settings(), jetstream }),
          // What is stored once is here as often as it was published.
          received: async () => (await own()).map(({ id }) => id),
          breakPeer: () => proxy.set(fault),
          hangPeer: () => proxy.set('half-open'),
          dispose: async () => proxy.set('pass'),
        };
      });
    }
  }

  notifierContract('nats over a slow network', async () => {
    proxy.set('slow');
    const own = await reader.subscribe('mail.>');
    return {
      notifier: await openMethod(nats, settings()),
      received: async () => (await own()).map(({ id }) => id),
      dispose: async () => proxy.set('pass'),
    };
  });

  test('a message has the subject, the headers and the body that are documented', async () => {
    const event = eventNotification('01-event', { modseq: 4 });
    const request = requestNotification('02-request', { user: 'jörg.>', mailbox: 'a b' });
    const notifier = await open({ subject: 'mail.{event}.{user}.{mailbox}' });
    const outcomes = await notifier.notify(deliveries([event, request]), never);
    expect(outcomes).toMatchObject([{ status: 'delivered', detail: expect.stringMatching(/^MAIL \d+$/) }, {}]);
    const [first, second] = await reader.stored('MAIL');
    expect(first).toEqual({
      ...{ subject: 'mail.MessageNew.john.user%2Ejohn', id: '01-event', receivedAt: '2026-11-21T06:28:56.018Z' },
      body: event.message,
    });
    expect(second?.subject).toBe('mail._.j%C3%B6rg%2E%3E.a%20b');
    expect(JSON.parse(second?.body ?? '')).toMatchObject({ class: 'MAIL', message: request.message });
  });

  test('hostile values change neither the structure of the subject nor the headers', async () => {
    const notifier = await open({ subject: 'mail.{user}.{class}.{mailbox}.end' });
    // The stream knows the ids of the contract for two minutes.
    for (const hostile of hostileNotifications()) {
      const notification = { ...hostile, id: `own-${hostile.id}` };
      const [outcome] = await notifier.notify(deliveries([notification]), never);
      const { user, mailbox } = notification;
      const long = Buffer.byteLength(`${user}${mailbox}${notification.class}`) > 1000;
      expect(outcome?.status).toBe(long ? 'rejected' : 'delivered');
    }
    const all = await reader.stored('MAIL');
    expect(all.length).toBeGreaterThan(60);
    for (const { subject } of all) expect(subject).toMatch(/^mail(?:\.[A-Za-z0-9_@+=,~:%-]+){3}\.end$/);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  test('what is delivered again is stored once', async () => {
    const notifier = await open();
    for (const attempt of [1, 2]) {
      const [outcome] = await notifier.notify([{ notification: eventNotification('1'), attempt, lane: '' }], never);
      expect(outcome).toMatchObject({ status: 'delivered' });
    }
    expect(await reader.stored('MAIL')).toHaveLength(1);
  });

  test('no stream for the subject, and a full one, mean retry; the rest of the mailbox waits', async () => {
    const elsewhere = await (await open({ subject: 'elsewhere.{user}' })).notify(
      deliveries([eventNotification('1'), eventNotification('2')]),
      never,
    );
    expect(statuses(elsewhere)).toEqual(['retry', 'retry']);
    expect(reasonOf(elsewhere[0])).toMatch(/jetstream is not enabled; .*subject/);
    const notifier = await open({ subject: 'small.{user}' });
    const five = Array.from({ length: 5 }, (_, at) => eventNotification(`${at}`));
    expect(statuses(await notifier.notify(deliveries(five), never))).toEqual([
      ...['delivered', 'delivered', 'delivered', 'retry', 'retry'],
    ]);
    expect((await reader.stored('SMALL')).map(({ id }) => id)).toEqual(['0', '1', '2']);
  });

  test('a message that is too large for the stream or for the server is rejected, and the next one is not', async () => {
    const notifier = await open({ subject: 'small.{user}' });
    const large = (id: string, length: number) => eventNotification(id, { messageContent: 'x'.repeat(length) });
    const given = [large('large-1', 3000), large('large-2', 1_100_000), eventNotification('large-3')];
    expect(statuses(await notifier.notify(deliveries(given), never))).toEqual(['rejected', 'rejected', 'delivered']);
    const core = await open({ jetstream: 'no' });
    expect(statuses(await core.notify(deliveries(given), never))).toEqual(['delivered', 'rejected', 'delivered']);
  });

  test.each(['yes', 'no'])('a permission that is missing means retry (jetstream: %s)', async (jetstream) => {
    const options = { user: 'narrow', password: 'secret', subject: 'mail.{user}.x', jetstream };
    const notifier = await open(options, 3000);
    const of = (id: string, user: string): Delivery => ({
      ...{ notification: eventNotification(id, { user }), attempt: 1, lane: user },
    });
    const outcomes = await notifier.notify([of('1', 'bad'), of('2', 'good')], never);
    expect(statuses(outcomes)).toEqual(['retry', 'delivered']);
    expect(reasonOf(outcomes[0])).toMatch(/permission/i);
    const wrong = await open({ ...options, password: 'other' });
    expect(reasonOf((await wrong.notify([of('3', 'good')], never))[0])).toMatch(/Authorization Violation.*NKey/i);
  });

  test('a server without JetStream means retry, and one that only sends says so', async () => {
    const bare = await startNats((one) => ofTest.push(one), { jetstream: false });
    const servers = `nats://127.0.0.1:${bare.port}`;
    const open = async (jetstream: string): Promise<Notifier> => {
      const notifier = await openMethod(nats, { servers, jetstream });
      ofTest.push(() => notifier.close());
      return notifier;
    };
    const [stored] = await (await open('yes')).notify(deliveries([eventNotification('1')]), never);
    expect(stored).toMatchObject({ status: 'retry', reason: expect.stringContaining('jetstream is not enabled') });
    const [sent] = await (await open('no')).notify(deliveries([eventNotification('1')]), never);
    expect(sent).toMatchObject({ status: 'delivered', detail: expect.stringMatching(/^sent/) });
  });

  test.each(['yes', 'no'])('what was given up is not sent later (jetstream: %s)', async (jetstream) => {
    const opened = proxy.open();
    const notifier = await open({ jetstream });
    expect(statuses(await notifier.notify(deliveries([eventNotification(`first-${jetstream}`)]), never))).toEqual([
      'delivered',
    ]);
    proxy.set('half-open');
    const abort = new AbortController();
    const before = proxy.sent();
    const hung = [1, 2, 3].map((n) => notifier.notify(deliveries([eventNotification(`hung-${n}`)]), abort.signal));
    await expect.poll(() => proxy.sent()).toBeGreaterThan(before);
    abort.abort('timeout');
    expect((await Promise.all(hung)).flatMap(statuses)).toEqual(['retry', 'retry', 'retry']);
    await expect.poll(() => proxy.open()).toBeLessThanOrEqual(opened);
    proxy.set('pass');
    expect(statuses(await notifier.notify(deliveries([eventNotification(`second-${jetstream}`)]), never))).toEqual([
      'delivered',
    ]);
    expect((await reader.stored('MAIL')).map(({ id }) => id)).toEqual([`first-${jetstream}`, `second-${jetstream}`]);
  });

  test('a server that accepts connections and is silent keeps none of them', async () => {
    const opened = proxy.open();
    proxy.set('half-open');
    const notifier = await open({}, 300);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const [outcome] = await notifier.notify(deliveries([eventNotification(`silent-${attempt}`)]), never);
      expect(outcome).toMatchObject({ status: 'retry' });
    }
    expect(proxy.accepted()).toBeGreaterThan(2);
    await expect.poll(() => proxy.open()).toBeLessThanOrEqual(opened);
  });

  test('a server that is not there is named, and is found when it is back', async () => {
    const own = await startNats((one) => ofTest.push(one));
    const notifier = await openMethod(nats, { servers: `nats://127.0.0.1:${own.port}`, jetstream: 'no' });
    ofTest.push(() => notifier.close());
    await own.kill();
    const [outcome] = await notifier.notify(deliveries([eventNotification('1')]), never);
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringMatching(/^nats:.*ECONNREFUSED/) });
    await own.start();
    expect(statuses(await notifier.notify(deliveries([eventNotification('2')]), never))).toEqual(['delivered']);
  });

  test('nothing is lost, stored twice or out of order while the server is killed and the network fails', async () => {
    const lines = [
      ...['broker_method: nats', `broker_nats_servers: nats://127.0.0.1:${proxy.port}`],
      ...['broker_nats_user: all', 'broker_nats_password: pa:ss'],
    ];
    const { sent, duplicates } = await killUnderLoad(
      {
        ...{ server, proxy, lines },
        received: async () => (await reader.stored('MAIL')).map(({ id, body }) => ({ id, event: JSON.parse(body) })),
      },
      (one) => ofTest.push(one),
    );
    process.stdout.write(`nats: ${sent} events, ${duplicates} of them twice\n`);
    expect(sent).toBeGreaterThan(300);
    expect(duplicates).toBe(0);
  });
});
