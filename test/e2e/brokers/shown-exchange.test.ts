/** `belfry test` with the real brokers: what they get is what is shown, with their answer and without the password. */
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { belfry } from '../daemon.ts';
import { makePlace } from '../place.ts';
import { readMosquitto, startMosquitto } from './mosquitto-server.ts';
import { readNats } from './nats-client.ts';
import { startNats } from './nats-server.ts';
import { readRabbit, startRabbit } from './rabbitmq-server.ts';
import { startRedis } from './redis-server.ts';
import { needing } from './server.ts';

const parts = {
  nats: needing('nats', 'nats-server'),
  redis: needing('redis', 'redis-server'),
  mqtt: needing('mqtt', 'mosquitto'),
  amqp: needing('amqp', 'rabbitmq-server'),
} as const;

/** Runs `belfry test` for a notifier with these options, and answers the parts of what it has printed. */
async function shown(method: string, options: Readonly<Record<string, string | number>>) {
  const lines = Object.entries(options).map(([name, value]) => `bus_${method}_${name}: ${value}`);
  const place = await makePlace([`bus_method: ${method}`, ...lines], 'journal bus');
  const { status, stdout, stderr } = await belfry(['test', '-C', place.configurationFile, 'bus']);
  expect(stdout + stderr).not.toContain('S3CRET');
  const marked = (mark: string): readonly string[] =>
    stdout.split('\n').flatMap((line) => (line.startsWith(`${mark} `) ? [line.slice(2)] : []));
  return { status, sent: marked('>'), received: marked('<'), notes: marked('*'), stdout };
}

describe('belfry test', () => {
  test.skipIf(parts.nats.skipped)(parts.nats.title, async () => {
    const lines = ['authorization { user: belfry, password: S3CRET }'];
    const server = await startNats(onTestFinished, { lines });
    const login = { servers: `nats://127.0.0.1:${server.port}`, user: 'belfry', password: 'S3CRET' };
    const refused = await shown('nats', login);
    expect(refused).toMatchObject({ status: 75, received: [] });
    expect(refused.notes.join()).toMatch(/jetstream is not enabled/);
    const reader = await readNats(server.port, onTestFinished, { user: 'belfry', pass: 'S3CRET' });
    await reader.addStream({ name: 'MAIL', subjects: ['mail.>'] });
    const { status, sent, received } = await shown('nats', login);
    expect(status).toBe(0);
    const [message] = await reader.stored('MAIL');
    expect(sent).toEqual(
      expect.arrayContaining([`subject: ${message?.subject}`, `Nats-Msg-Id: ${message?.id}`, message?.body]),
    );
    expect(JSON.parse(received.join())).toMatchObject({ stream: 'MAIL', seq: 1 });
    const core = await shown('nats', { ...login, jetstream: 'no' });
    expect(core).toMatchObject({ status: 0, received: ['PONG'] });
  });

  test.skipIf(parts.redis.skipped)(parts.redis.title, async () => {
    const server = await startRedis(onTestFinished, ['--requirepass', 'S3CRET']);
    const options = { url: `redis://127.0.0.1:${server.port}`, stream: 'mail', password: 'S3CRET' };
    const { status, sent, received } = await shown('redis', options);
    expect(status).toBe(0);
    const client = new Redis({ port: server.port, host: '127.0.0.1', password: 'S3CRET' });
    onTestFinished(() => client.disconnect());
    const [[entry, fields] = ['', []]] = await client.xrange('mail', '-', '+');
    expect(received).toEqual([JSON.stringify({ how: 'added', entry })]);
    expect(sent.at(-1)).toMatch(/^XADD mail \* id test-/);
    expect(sent.at(-1)).toContain(JSON.stringify(fields.at(-1)));
    await client.set('other', 'text');
    const refused = await shown('redis', { ...options, stream: 'other' });
    expect(refused.status).toBe(75);
    expect(refused.received.join()).toMatch(/WRONGTYPE/);
  });

  test.skipIf(parts.mqtt.skipped)(parts.mqtt.title, async () => {
    const server = await startMosquitto(onTestFinished);
    const reader = await readMosquitto(server.port, onTestFinished);
    const login = { url: `mqtt://127.0.0.1:${server.port}`, user: 'belfry', password: 'secret' };
    const { status, sent, received } = await shown('mqtt', login);
    expect(status).toBe(0);
    const [message] = await reader.messages();
    expect(sent).toEqual(expect.arrayContaining([`topic: ${message?.topic}`, `id: ${message?.id}`, message?.payload]));
    expect(received.join()).toMatch(/ 0$/);
    const refused = await shown('mqtt', { ...login, topic: 'other' });
    expect(refused.status).toBe(75);
    expect(refused.notes.join() + refused.received.join()).toMatch(/135|authori[sz]ed/i);
  });

  test.skipIf(parts.amqp.skipped)(parts.amqp.title, async () => {
    const server = await startRabbit(onTestFinished);
    const reader = await readRabbit(server.port, onTestFinished);
    const login = { url: `amqp://127.0.0.1:${server.port}`, user: 'belfry', password: 'secret' };
    const { status, sent, received } = await shown('amqp', login);
    expect(status).toBe(0);
    const [message] = await reader.messages();
    expect(sent).toEqual(
      expect.arrayContaining([`routing_key: ${message?.routingKey}`, `message_id: ${message?.id}`, message?.payload]),
    );
    expect(received).toEqual(['basic.ack']);
    const refused = await shown('amqp', { ...login, routing_key: 'nowhere' });
    expect(refused.status).toBe(75);
    expect(refused.notes.join()).toMatch(/312/);
  });
});
