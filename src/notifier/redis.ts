/** Method redis: each notification becomes an entry of a Redis stream. */
import { printable } from '../base/printable.ts';
import { importClient } from './broker/import-client.ts';
import { oneConnection } from './broker/one-connection.ts';
import { stopped } from './broker/stopped.ts';
import { tracedMessage } from './broker/traced-message.ts';
import { type Delivery, defineMethod, type Notification, type Outcome } from './notifier.ts';
import { payloadText } from './payload-text.ts';
import { brokerAddress } from './receiver-address.ts';
import { append, type Wait } from './redis/append.ts';
import { connectRedis, destroyRedis, type RedisConnection } from './redis/connect.ts';
import { failureOf } from './redis/failure.ts';
import { redisOptions } from './redis/options.ts';
import { problemsIn } from './redis/problems.ts';
import { readSecret } from './secret.ts';
import { namesOf } from './template/names.ts';
import { readTlsFiles, tlsFileNeeds } from './tls-files.ts';

/** The most entries, and about the most characters, of one transaction. */
const maxBatch = 256;
const chunkLength = 1024 * 1024;

export const redis = defineMethod({
  name: 'redis',
  summary: 'Adds each notification to a Redis stream.',
  options: redisOptions,
  attemptTimeout: { default: '15s', description: 'This includes connecting and the answer.' },
  check: problemsIn,
  files: tlsFileNeeds,
  addresses: (values) => {
    const { name, connection: at, encrypts } = values.url;
    if ('path' in at) return [{ name, at, transport: 'stream', option: 'redis_url' }];
    return [brokerAddress('redis', 'redis_url', { name, ...at, encrypts }, values)];
  },
  templates: (values) => namesOf(values, 'stream'),
  open: async (values, services) => {
    const { url: address, stream, maxlen, wait: replicas, database, user } = values;
    const { attemptTimeoutMs } = services;
    const password = readSecret(values, 'password', services);
    const tls = readTlsFiles(values, 'redis', services);
    const { Redis } = await importClient(() => import('ioredis'), 'ioredis', services);
    const wait: Wait | undefined =
      replicas === 0 ? undefined : { replicas, ms: Math.max(1, Math.floor(attemptTimeoutMs / 2)) };
    const trimming = maxlen === undefined ? [] : ['maxlen', '~', String(maxlen)];
    const connections = oneConnection<RedisConnection>({
      connect: (signal) => connectRedis(Redis, { address, database, user, password, tls }, signal),
      isOpen: (connection) => connection.redis.status === 'ready',
      destroy: destroyRedis,
    });
    const retry = (why: unknown): Outcome => ({ status: 'retry', reason: failureOf(why, address.name) });

    /** The arguments of XADD, or why this one can never be added. */
    function entryOf(notification: Notification): readonly string[] | Outcome {
      const key = stream.render(notification, services);
      if ('wrong' in key) return { status: 'rejected', reason: printable(`redis_stream: ${key.wrong}`, 500) };
      return [key.value, ...trimming, '*', ...fieldsOf(notification)];
    }

    /** Adds these, which have no outcome yet, in one transaction. Answers whether any of them has one now. */
    async function addTogether(entries: readonly Entry[], outcomes: Outcome[]): Promise<boolean> {
      const connection = await connections.get();
      try {
        const commands = entries.map(({ words }) => words);
        const all = await tracedMessage(services.test, {
          head: () => ({ server: address.name }),
          payload: () => commands.map((words) => ['XADD', ...words.map(quoted)].join(' ')).join('\n'),
          publish: () => append(connection.redis, commands, wait),
          answer: (replies) => replies.map((reply) => JSON.stringify(reply)).join('\n'),
        });
        for (const [at, { index }] of entries.entries()) {
          const added = all[at];
          if (added?.how === 'added') outcomes[index] = { status: 'delivered', detail: `entry ${added.entry}` };
          if (added?.how === 'refused') outcomes[index] = retry(added.message);
        }
        return all.some(({ how }) => how !== 'discarded');
      } catch (thrown) {
        throw connection.fault() ?? thrown;
      }
    }

    /** Gives each of the chunk an outcome. `failed`: the lanes in which one has failed. */
    async function addChunk(chunk: readonly Entry[], outcomes: Outcome[], failed: Set<string>): Promise<void> {
      for (;;) {
        const left = chunk.filter(({ index, lane }) => outcomes[index] === undefined && !failed.has(lane));
        if (left.length === 0) return;
        if (!(await addTogether(left, outcomes))) throw new Error('the transaction was discarded');
        // Where one fails, what is in its lane after it may be in the stream: it is added again, to come after it.
        for (const { index, lane } of chunk) {
          const status = outcomes[index]?.status;
          if (failed.has(lane) && status === 'delivered') outcomes[index] = retry(heldBack);
          else if (status === 'retry') failed.add(lane);
        }
      }
    }

    async function addAll(entries: readonly Entry[], outcomes: Outcome[]): Promise<void> {
      const failed = new Set<string>();
      for (let start = 0; start < entries.length; ) {
        const chunk = nextChunk(entries, start);
        await addChunk(chunk, outcomes, failed);
        start += chunk.length;
      }
      for (const { index } of entries) outcomes[index] ??= retry(heldBack);
    }

    return {
      maxBatch,
      async notify(deliveries, signal) {
        const outcomes: Outcome[] = [];
        const entries: Entry[] = [];
        for (const [index, { notification, lane }] of deliveries.entries()) {
          const words = entryOf(notification);
          if ('status' in words) outcomes[index] = words;
          else entries.push({ index, lane, words });
        }
        const rest = (outcome: Outcome) => deliveries.map((_, index) => outcomes[index] ?? outcome);
        if (signal.aborted) return rest(stopped(address.name, signal, attemptTimeoutMs));
        signal.addEventListener('abort', connections.drop, { once: true });
        try {
          await addAll(entries, outcomes);
          return outcomes;
        } catch (thrown) {
          if (signal.aborted) return rest(stopped(address.name, signal, attemptTimeoutMs));
          connections.drop();
          return rest(retry(thrown));
        } finally {
          signal.removeEventListener('abort', connections.drop);
        }
      },
      close: async () => connections.close(),
    };
  },
});

/** As redis-cli takes it. */
const quoted = (word: string): string => (/^[\w.:*~-]+$/.test(word) ? word : JSON.stringify(word));

interface Entry {
  /** Of its delivery in the call. */
  readonly index: number;
  readonly lane: Delivery['lane'];
  readonly words: readonly string[];
}

const heldBack = 'an earlier notification of the same mailbox was not added';

/** Names and values by turns. */
function fieldsOf(notification: Notification): readonly string[] {
  const { id, class: requestClass, event = '', user, mailbox, receivedAt, coalesced } = notification;
  return [
    ...['id', id, 'class', requestClass, 'event', event, 'user', user, 'mailbox', mailbox],
    ...['receivedAt', new Date(receivedAt).toISOString()],
    ...(coalesced === undefined ? [] : ['coalesced', String(coalesced.count)]),
    ...['payload', payloadText(notification)],
  ];
}

/** The entries from `start` on that one transaction takes: a call of the longest requests would not fit into memory as one. */
function nextChunk(entries: readonly Entry[], start: number): readonly Entry[] {
  let length = 0;
  let end = start;
  while (end < entries.length && length < chunkLength) {
    for (const word of entries[end]?.words ?? []) length += word.length;
    end += 1;
  }
  return entries.slice(start, end);
}
