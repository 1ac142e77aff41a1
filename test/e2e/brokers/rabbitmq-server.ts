/** A real RabbitMQ with a node, an epmd and directories of its own, and a queue that gets everything. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { freePorts } from '../../support/free-ports.ts';
import { runProgram } from '../run-program.ts';
import { type Defer, makeWorkspace } from '../workspace.ts';
import { greets, type RealServer, startServer } from './server.ts';

export interface RabbitServer extends RealServer {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly tlsPort: number;
  /** A command of rabbitmqctl. */
  control(...words: readonly string[]): Promise<void>;
}

interface Certificates {
  /** Whose clients it lets in; each needs a certificate. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** User `belfry`, password `secret`. */
export async function startRabbit(
  defer: Defer,
  { lines = [], tls }: { readonly lines?: readonly string[]; readonly tls?: Certificates } = {},
): Promise<RabbitServer> {
  const directory = await makeWorkspace(defer);
  const { plain, encrypted, epmd, distribution } = await freePorts(['plain', 'encrypted', 'epmd', 'distribution']);
  const file = (name: string): string => join(directory, name);
  const settings = [
    `listeners.tcp.default = 127.0.0.1:${plain}`,
    ...['default_user = belfry', 'default_pass = secret', 'loopback_users = none', 'disk_free_limit.absolute = 1MB'],
    ...lines,
    ...(tls === undefined
      ? []
      : [
          `listeners.ssl.default = 127.0.0.1:${encrypted}`,
          ...[`ssl_options.cacertfile = ${tls.ca}`, `ssl_options.certfile = ${tls.certificate}`],
          ...[`ssl_options.keyfile = ${tls.key}`, 'ssl_options.verify = verify_peer'],
          'ssl_options.fail_if_no_peer_cert = true',
        ]),
  ];
  await writeFile(file('rabbitmq.conf'), `${settings.join('\n')}\n`);
  await writeFile(file('enabled_plugins'), '[].\n');
  for (const name of ['mnesia', 'log', 'schema', 'generated']) await mkdir(file(name));
  const own = { HOME: directory, ERL_EPMD_PORT: epmd, ERL_EPMD_ADDRESS: '127.0.0.1' };
  // Otherwise the node would start one that outlives it.
  await startServer(
    {
      program: 'epmd',
      words: ['-port', epmd, '-address', '127.0.0.1'],
      env: own,
      answers: () => listens(Number(epmd)),
    },
    defer,
  );
  const port = Number(plain);
  const env = {
    ...own,
    RABBITMQ_NODENAME: `belfry${plain}@localhost`,
    RABBITMQ_CONF_ENV_FILE: file('no-such-file'),
  };
  const server = await startServer(
    {
      // What Debian has in /usr/sbin becomes another user first.
      program: '../lib/rabbitmq/bin/rabbitmq-server',
      words: [],
      env: {
        ...env,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: plain,
        RABBITMQ_DIST_PORT: distribution,
        RABBITMQ_CONFIG_FILE: file('rabbitmq'),
        RABBITMQ_MNESIA_BASE: file('mnesia'),
        RABBITMQ_LOG_BASE: file('log'),
        RABBITMQ_SCHEMA_DIR: file('schema'),
        RABBITMQ_GENERATED_CONFIG_DIR: file('generated'),
        RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins'),
        RABBITMQ_PID_FILE: file('pid'),
      },
      cwd: directory,
      answers: () => greets(port, 'AMQP\0\0\x09\x01', /RabbitMQ/),
    },
    defer,
  );
  const control = async (...words: readonly string[]): Promise<void> => {
    const { status, stdout, stderr } = await runProgram('/usr/lib/rabbitmq/bin/rabbitmqctl', words, { env });
    if (status !== 0) throw new Error(`rabbitmqctl ${words.join(' ')}: ${stdout}${stderr}`);
  };
  return { port, tlsPort: Number(encrypted), control, ...server };
}

/** Its answer to NAMES begins with its port. */
function listens(port: number): Promise<boolean> {
  return greets(port, '\0\x01n', /[\s\S]{4}/);
}

interface Message {
  readonly id: string;
  readonly routingKey: string;
  readonly payload: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface RabbitReader {
  readonly channel: Channel;
  /** All that waits in the queue `all`, and what was read of it before. */
  messages(): Promise<readonly Message[]>;
  clear(): Promise<void>;
}

/** Declares the queue `all`, bound to `amq.topic` with `belfry.#` and `mail.#`. Connects anew where the server was restarted. */
export async function readRabbit(port: number, defer: Defer): Promise<RabbitReader> {
  let model: ChannelModel | undefined;
  let got: Message[] = [];
  async function open(): Promise<Channel> {
    const next = await connect({ hostname: '127.0.0.1', port, username: 'belfry', password: 'secret' });
    model = next;
    next.on('error', () => {});
    next.on('close', () => {
      if (model === next) model = undefined;
    });
    return next.createChannel();
  }
  let channel = await open();
  await channel.assertQueue('all', { durable: true });
  for (const pattern of ['belfry.#', 'mail.#']) await channel.bindQueue('all', 'amq.topic', pattern);
  defer(async () => {
    await model?.close().catch(() => {});
  });
  const messages = async (): Promise<readonly Message[]> => {
    if (model === undefined) channel = await open();
    for (;;) {
      const message = await channel.get('all', { noAck: true });
      if (message === false) return got;
      const { content, fields, properties } = message;
      got.push({
        id: String(properties.messageId),
        routingKey: fields.routingKey,
        payload: content.toString(),
        properties: { ...properties },
      });
    }
  };
  return {
    get channel() {
      return channel;
    },
    messages,
    clear: async () => {
      await messages();
      got = [];
    },
  };
}
