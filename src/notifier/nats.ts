/** Method nats: publishes each notification to a NATS subject, by default to be stored by JetStream. */
import { writeJson } from '../base/event.ts';
import { printable } from '../base/printable.ts';
import { importClient } from './broker/import-client.ts';
import { oneConnection } from './broker/one-connection.ts';
import { stopped } from './broker/stopped.ts';
import { connectNats, type NatsLink } from './nats/connect.ts';
import { credentialNeeds, credentialProblems, credentialsOf } from './nats/credentials.ts';
import { failureOf } from './nats/failure.ts';
import { natsOptions } from './nats/options.ts';
import { type Delivery, defineMethod, type Notification, type Outcome } from './notifier.ts';
import { readTlsFiles, tlsFileNeeds, tlsFileProblems } from './tls-files.ts';

/** The most messages of one call. Those of a mailbox are published one after the other. */
const maxBatch = 128;

const packages = '@nats-io/transport-node @nats-io/jetstream';
const heldBack: Outcome = { status: 'retry', reason: 'an earlier notification of the same mailbox was not published' };

export const nats = defineMethod({
  name: 'nats',
  summary: 'Publishes each notification to a NATS subject.',
  options: natsOptions,
  attemptTimeout: { default: '15s', description: 'This includes connecting and the answer.' },
  check: (values) => [
    ...tlsFileProblems(values, values.servers.encrypts, 'write tls:// in nats_servers'),
    ...credentialProblems(values),
  ],
  files: (values) => [...tlsFileNeeds(values), ...credentialNeeds(values)],
  open: async (values, services) => {
    const { servers, subject: subjects, jetstream: confirmed } = values;
    const { attemptTimeoutMs } = services;
    const load = async () => ({
      ...(await import('@nats-io/transport-node')),
      ...(await import('@nats-io/jetstream')),
    });
    const library = await importClient(load, packages, services);
    const credentials = credentialsOf(values, library, services);
    const tls = readTlsFiles(values, 'nats', services);
    const connections = oneConnection<NatsLink>({
      connect: (signal) => connectNats(library, { servers, credentials, tls, attemptTimeoutMs }, signal),
      isOpen: ({ connection }) => !connection.isClosed(),
      destroy: (link) => link.destroy(),
    });

    /** One message, until a stream has it. */
    async function publish(
      { jetstream, unlessLost }: NatsLink,
      subject: string,
      notification: Notification,
    ): Promise<Outcome> {
      const headers = headersOf(notification);
      const { id: msgID } = notification;
      const { stream, seq, duplicate } = await unlessLost(
        jetstream.publish(subject, bodyOf(notification), { msgID, headers }),
      );
      const known = duplicate ? ', which it had already' : '';
      return { status: 'delivered', detail: printable(`${stream} ${seq}${known}`, 200) };
    }

    /** One message, until the server has read it. An error that it sends on its own comes before its answer to the flush. */
    async function send(link: NatsLink, subject: string, notification: Notification): Promise<Outcome> {
      const { connection, unlessLost, tookOffence } = link;
      const headers = headersOf(notification);
      headers.set('Nats-Msg-Id', notification.id);
      connection.publish(subject, bodyOf(notification), { headers });
      await unlessLost(connection.flush());
      // The error is reported in a later turn of the loop.
      await new Promise((resolve) => setImmediate(resolve));
      const offence = tookOffence(subject);
      return offence === undefined
        ? { status: 'delivered', detail: 'sent; nobody has confirmed it' }
        : failureOf(new Error(offence), servers.name);
    }

    function headersOf({ receivedAt }: Notification) {
      const headers = library.headers();
      headers.set('Belfry-Received-At', new Date(receivedAt).toISOString());
      return headers;
    }

    async function attempt({ notification }: Delivery): Promise<Outcome> {
      const subject = subjects.render(notification, services);
      if ('wrong' in subject) return { status: 'rejected', reason: printable(`nats_subject: ${subject.wrong}`, 500) };
      const link = await connections.get().catch((thrown: unknown) => thrown);
      if (!isLink(link)) return failureOf(link, servers.name);
      try {
        return await (confirmed ? publish : send)(link, subject.value, notification);
      } catch (thrown) {
        // A connection that is closed knows why.
        const why = link.connection.isClosed() ? await link.connection.closed() : undefined;
        return failureOf(why instanceof Error ? why : thrown, servers.name);
      }
    }

    return {
      maxBatch,
      async notify(deliveries, signal) {
        const end = (): Outcome => stopped(servers.name, signal, attemptTimeoutMs);
        const outcomes: Outcome[] = [];
        /** Those of one lane, in order; after one that fails none is published. */
        const runLane = async (indexes: readonly number[]): Promise<void> => {
          let failed = false;
          for (const index of indexes) {
            const delivery = deliveries[index];
            if (delivery === undefined || signal.aborted) return;
            const outcome: Outcome = failed ? heldBack : await attempt(delivery);
            failed ||= outcome.status === 'retry';
            outcomes[index] = outcome.status === 'retry' && signal.aborted ? end() : outcome;
          }
        };
        const drop = (): void => connections.drop();
        signal.addEventListener('abort', drop, { once: true });
        try {
          await Promise.all([...lanesOf(deliveries).values()].map(runLane));
        } finally {
          signal.removeEventListener('abort', drop);
        }
        return deliveries.map((_, index) => outcomes[index] ?? end());
      },
      close: async () => connections.close(),
    };
  },
});

const isLink = (value: unknown): value is NatsLink =>
  typeof value === 'object' && value !== null && 'jetstream' in value;

/** The indexes of the deliveries of each lane. */
function lanesOf(deliveries: readonly Delivery[]): ReadonlyMap<string, readonly number[]> {
  const lanes = new Map<string, number[]>();
  for (const [index, { lane }] of deliveries.entries()) {
    const indexes = lanes.get(lane);
    if (indexes === undefined) lanes.set(lane, [index]);
    else indexes.push(index);
  }
  return lanes;
}

/** An event's message is its payload as JSON already. */
function bodyOf({ event, message, payload }: Notification): string {
  return event === undefined ? writeJson(payload) : message;
}
