/** Method amqp on a real RabbitMQ that wants a certificate of each client: who gets in, and what a refusal means. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { amqp } from '../../../src/notifier/amqp.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { type Authority, type Identity, makeAuthority } from '../../notifier/http/certificates.ts';
import { openMethod, testServices } from '../../notifier/open-method.ts';
import { eventNotification } from '../../notifier/samples.ts';
import { until } from '../../support/until.ts';
import { notifierRows, untilDrained } from '../notifier-rows.ts';
import { makePlace, sendText, serve } from '../place.ts';
import { makeWorkspace } from '../workspace.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { type RabbitReader, type RabbitServer, readRabbit, startRabbit } from './rabbitmq-server.ts';
import { needing } from './server.ts';

const { skipped, title } = needing('method amqp with TLS', 'rabbitmq-server');

describe.skipIf(skipped)(title, () => {
  const never = new AbortController().signal;
  const ofAll: (() => unknown)[] = [];
  const undo = async (all: (() => unknown)[]): Promise<void> => {
    for (const one of all.splice(0).reverse()) await one();
  };
  let server: RabbitServer;
  let reader: RabbitReader;
  let authority: Authority;
  let stranger: Authority;
  let client: Identity;
  const login = { user: 'belfry', password: 'secret' };

  beforeAll(async () => {
    const defer = (one: () => unknown): void => void ofAll.push(one);
    authority = makeAuthority(await makeWorkspace(defer));
    stranger = makeAuthority(await makeWorkspace(defer));
    client = authority.issue('client', 'DNS:belfry');
    server = await startRabbit(defer, {
      tls: { ca: authority.certificate, ...authority.issue('server', 'IP:127.0.0.1') },
    });
    reader = await readRabbit(server.port, defer);
  });
  afterEach(() => reader.clear());
  afterAll(() => undo(ofAll));

  /** How belfry identifies itself, to a server of the private CA. */
  const filesOf = ({ certificate, key }: Identity) => ({
    ...{ ca: authority.certificate, client_certificate: certificate, client_key: key },
  });
  const idsIn = async (): Promise<readonly string[]> => (await reader.messages()).map(({ id }) => id);

  notifierContract('amqp over TLS and a slow network', async () => {
    const undone: (() => unknown)[] = [];
    const slow = await startFaultProxy(server.tlsPort, (one) => undone.push(one));
    slow.set('slow');
    await reader.clear();
    const files = filesOf(client);
    return {
      notifier: await openMethod(amqp, { url: `amqps://127.0.0.1:${slow.port}`, ...login, ...files }),
      received: idsIn,
      breakPeer: () => slow.set('reset'),
      dispose: () => undo(undone),
    };
  });

  test('over TLS only a certificate that both sides trust leads to a delivery', async () => {
    const encrypted = async (options: Readonly<Record<string, string>>, host = '127.0.0.1'): Promise<unknown> => {
      const written = { url: `amqps://${host}:${server.tlsPort}`, ...login, ...options };
      const notifier = await openMethod(amqp, written, testServices({ attemptTimeoutMs: 20_000 }));
      onTestFinished(() => notifier.close());
      return (await notifier.notify([{ notification: eventNotification('01'), attempt: 1, lane: '' }], never))[0];
    };
    const refused = (reason: RegExp) => ({ status: 'retry', reason: expect.stringMatching(reason) });
    const good = filesOf(client);
    expect(await encrypted(good)).toMatchObject({ status: 'delivered' });
    expect(await encrypted({ ca: authority.certificate })).toMatchObject(refused(/amqp_client_certificate/));
    const forged = stranger.issue('client', 'DNS:belfry');
    const others = { client_certificate: forged.certificate, client_key: forged.key };
    expect(await encrypted({ ...good, ...others })).toMatchObject(refused(/amqp_client_certificate/));
    expect(await encrypted({ ...good, ca: stranger.certificate })).toMatchObject(refused(/amqp_ca/));
    expect(await encrypted(good, 'localhost')).toMatchObject(refused(/localhost/));
    expect(await encrypted({ ...good, password: 'wrong' })).toMatchObject(refused(/403.*amqp_password/));
    expect(await idsIn()).toEqual(['01']);
  });

  test('while the broker refuses the login the breaker is open, and nothing is lost', async () => {
    const place = await makePlace(
      [
        ...['bus_method: amqp', `bus_amqp_url: amqps://127.0.0.1:${server.tlsPort}`, 'bus_amqp_user: later'],
        ...['bus_amqp_password: secret', 'bus_amqp_routing_key: mail.all', `bus_amqp_ca: ${authority.certificate}`],
        ...[`bus_amqp_client_certificate: ${client.certificate}`, `bus_amqp_client_key: ${client.key}`],
        ...['retry_schedule: 1s', 'breaker_pause: 1s'],
      ],
      'journal bus',
    );
    const daemon = await serve(place);
    const control = join(place.directory, 'control');
    const row = async () => (await notifierRows(control)).get('bus');
    await sendText(place, 'hello', 30);
    await until('the breaker to open', async () => (await row())?.breaker !== 'closed', { seen: daemon.output });
    expect(await row()).toMatchObject({ delivered: 0, dead: 0 });
    await server.control('add_user', 'later', 'secret');
    await server.control('set_permissions', 'later', '', '.*', '');
    await untilDrained(control, 60_000);
    expect(await row()).toMatchObject({ delivered: 30, dead: 0, breaker: 'closed' });
    expect((await idsIn()).length).toBe(30);
  });
});
