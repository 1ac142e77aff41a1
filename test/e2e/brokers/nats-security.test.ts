/** Method nats on real NATS servers that want TLS, client certificates, NKeys or JWTs: who gets in, and what a refusal means. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { nats } from '../../../src/notifier/nats.ts';
import type { Outcome } from '../../../src/notifier/notifier.ts';
import { type Authority, type Identity, makeAuthority } from '../../notifier/http/certificates.ts';
import { openMethod, testServices } from '../../notifier/open-method.ts';
import { eventNotification } from '../../notifier/samples.ts';
import { until } from '../../support/until.ts';
import { notifierRows, untilDrained } from '../notifier-rows.ts';
import { makePlace, sendText, serve } from '../place.ts';
import { makeWorkspace } from '../workspace.ts';
import { readNats } from './nats-client.ts';
import { makeNKey, makeOperator } from './nats-identities.ts';
import { type NatsServer, startNats } from './nats-server.ts';
import { needing } from './server.ts';

const { skipped, title } = needing('method nats with TLS and credentials', 'nats-server');

describe.skipIf(skipped)(title, () => {
  const never = new AbortController().signal;
  const ofAll: (() => void | Promise<void>)[] = [];
  let directory: string;
  let authority: Authority;
  let stranger: Authority;
  let server: Identity;
  let client: Identity;

  beforeAll(async () => {
    const defer = (one: () => void | Promise<void>): void => void ofAll.push(one);
    directory = await makeWorkspace(defer);
    authority = makeAuthority(directory);
    stranger = makeAuthority(await makeWorkspace(defer));
    server = authority.issue('server', 'IP:127.0.0.1');
    client = authority.issue('client', 'DNS:belfry');
  });
  afterAll(async () => {
    for (const one of ofAll.splice(0).reverse()) await one();
  });

  /** One event, to a server on `port`. */
  async function outcomeOf(port: number, options: Readonly<Record<string, string>>): Promise<Outcome | undefined> {
    const written = { servers: `tls://127.0.0.1:${port}`, jetstream: 'no', ...options };
    const notifier = await openMethod(nats, written, testServices({ attemptTimeoutMs: 20_000 }));
    try {
      const [outcome] = await notifier.notify([{ notification: eventNotification('1'), attempt: 1, lane: '' }], never);
      return outcome;
    } finally {
      await notifier.close();
    }
  }
  const delivered = { status: 'delivered' };
  const refused = (reason: RegExp) => ({ status: 'retry', reason: expect.stringMatching(reason) });
  const overTls = ({ certificate, key }: Identity, ...more: readonly string[]): readonly string[] => [
    ...['tls {', `cert_file: "${certificate}"`, `key_file: "${key}"`, ...more, '}'],
  ];

  test('a server is trusted by its CA and by its name', async () => {
    const { port } = await startNats(onTestFinished, { lines: overTls(server), jetstream: false });
    expect(await outcomeOf(port, { ca: authority.certificate })).toMatchObject(delivered);
    expect(await outcomeOf(port, { ca: stranger.certificate })).toMatchObject(refused(/nats_ca/));
    expect(await outcomeOf(port, {})).toMatchObject(refused(/nats_ca/));
    const other = authority.issue('other', 'DNS:nats.example.org,IP:127.0.0.9');
    const { port: named } = await startNats(onTestFinished, { lines: overTls(other), jetstream: false });
    expect(await outcomeOf(named, { ca: authority.certificate })).toMatchObject(refused(/127\.0\.0\.1/));
    const byName = { ca: authority.certificate, servers: `tls://localhost:${port}` };
    expect(await outcomeOf(port, byName)).toMatchObject(refused(/localhost/));
    const expired = authority.issue('expired', 'IP:127.0.0.1', true);
    const { port: old } = await startNats(onTestFinished, { lines: overTls(expired), jetstream: false });
    expect(await outcomeOf(old, { ca: authority.certificate })).toMatchObject(refused(/expired/));
  });

  test('no password goes to a server without TLS where TLS is wanted', async () => {
    const { port } = await startNats(onTestFinished, { jetstream: false });
    const options = { ca: authority.certificate, user: 'belfry', password: 'secret' };
    expect(await outcomeOf(port, options)).toMatchObject(refused(/tls/i));
  });

  test('a server that wants a certificate gets one', async () => {
    const lines = overTls(server, `ca_file: "${authority.certificate}"`, 'verify: true');
    const { port } = await startNats(onTestFinished, { lines, jetstream: false });
    const ca = authority.certificate;
    const files = { ca, client_certificate: client.certificate, client_key: client.key };
    expect(await outcomeOf(port, files)).toMatchObject(delivered);
    expect(await outcomeOf(port, { ca })).toMatchObject(refused(/nats_client_certificate/));
    const forged = stranger.issue('client', 'DNS:belfry');
    const others = { client_certificate: forged.certificate, client_key: forged.key };
    expect(await outcomeOf(port, { ca, ...others })).toMatchObject(refused(/nats_client_certificate/));
  });

  test('an NKey is accepted by whoever knows it, from an option and from a file', async () => {
    const [known, unknown] = [makeNKey('user'), makeNKey('user')];
    const lines = [`authorization { users: [ { nkey: ${known.id} } ] }`];
    const { port } = await startNats(onTestFinished, { lines, jetstream: false });
    const servers = `nats://127.0.0.1:${port}`;
    expect(await outcomeOf(port, { servers, nkey: known.seed })).toMatchObject(delivered);
    const file = join(directory, 'seed');
    await writeFile(file, `${known.seed}\n`, { mode: 0o600 });
    expect(await outcomeOf(port, { servers, nkey_file: file })).toMatchObject(delivered);
    const outcome = await outcomeOf(port, { servers, nkey: unknown.seed });
    expect(outcome).toMatchObject(refused(/NKey/));
    expect(JSON.stringify(outcome)).not.toContain(unknown.seed);
    expect(await outcomeOf(port, { servers })).toMatchObject(refused(/NKey/));
  });

  test('a credentials file is accepted while its JWT is valid', async () => {
    const operator = makeOperator();
    const server = await startNats(onTestFinished, { lines: operator.lines });
    const servers = `nats://127.0.0.1:${server.port}`;
    const named = async (name: string, content: string): Promise<string> => {
      const file = join(directory, name);
      await writeFile(file, content, { mode: 0o600 });
      return file;
    };
    const good = await named('good.creds', operator.credentials());
    const { credsAuthenticator } = await import('@nats-io/transport-node');
    const authenticator = credsAuthenticator(await readFile(good));
    const reader = await readNats(server.port, onTestFinished, { authenticator });
    await reader.addStream({ name: 'MAIL', subjects: ['mail.>'] });
    const options = { servers, jetstream: 'yes' };
    expect(await outcomeOf(server.port, { ...options, credentials: good })).toMatchObject(delivered);
    expect((await reader.stored('MAIL')).map(({ id }) => id)).toEqual(['1']);
    const expired = await named('expired.creds', operator.credentials(Date.now() - 60_000));
    const strangers = await named('strangers.creds', operator.strangers());
    for (const credentials of [expired, strangers]) {
      const outcome = await outcomeOf(server.port, { ...options, credentials });
      expect(outcome).toMatchObject(refused(/NKey/));
      const [seed = ''] = /SU[A-Z2-7]{56}/.exec(await readFile(credentials, 'utf8')) ?? [];
      expect(JSON.stringify(outcome)).not.toContain(seed);
    }
  });

  test('while a server refuses the credentials the breaker is open, and nothing is lost', async () => {
    const [ours, others] = [makeNKey('user'), makeNKey('user')];
    const authorization = (id: string): string => `authorization { users: [ { nkey: ${id} } ] }`;
    const server: NatsServer = await startNats(onTestFinished, { lines: [authorization(others.id)] });
    const place = await makePlace(
      [
        ...['bus_method: nats', `bus_nats_servers: nats://127.0.0.1:${server.port}`, 'bus_nats_jetstream: no'],
        ...[`bus_nats_nkey: ${ours.seed}`, 'bus_nats_subject: mail.all', 'retry_schedule: 1s', 'breaker_pause: 1s'],
      ],
      'journal bus',
    );
    const daemon = await serve(place);
    const control = join(place.directory, 'control');
    const row = async () => (await notifierRows(control)).get('bus');
    await sendText(place, 'hello', 30);
    await until('the breaker to open', async () => (await row())?.breaker !== 'closed', { seen: daemon.output });
    expect(await row()).toMatchObject({ delivered: 0, dead: 0 });
    await server.kill();
    await writeFile(join(server.directory, 'nats.conf'), `${authorization(ours.id)}\n`);
    await server.start();
    await untilDrained(control, 60_000);
    expect(await row()).toMatchObject({ delivered: 30, dead: 0, breaker: 'closed' });
    expect(daemon.output()).not.toContain(ours.seed);
  });
});
