/** Method nats: publishes each notification to a NATS subject, by default to be stored by JetStream. */
import type { MsgHdrs } from '@nats-io/transport-node';
import { printable } from '../base/printable.ts';
import { importClient } from './broker/import-client.ts';
import { oneConnection } from './broker/one-connection.ts';
import { publishByLane } from './broker/publish-by-lane.ts';
import { tracedMessage } from './broker/traced-message.ts';
import { connectNats, type NatsLink } from './nats/connect.ts';
import { credentialNeeds, credentialProblems, credentialsOf } from './nats/credentials.ts';
import { failureOf } from './nats/failure.ts';
import { natsOptions } from './nats/options.ts';
import { defineMethod, type Notification, type Outcome } from './notifier.ts';
import { payloadText } from './payload-text.ts';
import { brokerAddress } from './receiver-address.ts';
import { namesOf } from './template/names.ts';
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
  templates: (values) => namesOf(values, 'subject'),
  files: (values) => [...tlsFileNeeds(values), ...credentialNeeds(values)],
  addresses: (values) =>
    values.servers.hosts.map((authority) => {
      const { hostname, port } = new URL(`redis://${authority}`);
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      // It sends a line in the clear before it encrypts, so that only the connection can be tried.
      const server = { name: `nats://${authority}`, host, port: Number(port), encrypts: false };
      return brokerAddress('nats', 'nats_servers', server, values);
    }),
  open: async (values, services) => {
    const { servers, subject: subjects, jetstream: confirmed } = values;
    const { attemptTimeoutMs, test } = services;
    const head = { server: servers.name };
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
      const payload = payloadText(notification);
      const { stream, seq, duplicate } = await tracedMessage(test, {
        head: () => ({ ...head, subject, 'Nats-Msg-Id': msgID, ...shown(headers) }),
        payload: () => payload,
        publish: () => unlessLost(jetstream.publish(subject, payload, { msgID, headers })),
        answer: (ack) => JSON.stringify(ack),
      });
      const known = duplicate ? ', which it had already' : '';
      return { status: 'delivered', detail: printable(`${stream} ${seq}${known}`, 200) };
    }

    /** One message, until the server has read it. An error that it sends on its own comes before its answer to the flush. */
    async function send(link: NatsLink, subject: string, notification: Notification): Promise<Outcome> {
      const { connection, unlessLost, tookOffence } = link;
      const headers = headersOf(notification);
      headers.set('Nats-Msg-Id', notification.id);
      const payload = payloadText(notification);
      await tracedMessage(test, {
        head: () => ({ ...head, subject, ...shown(headers) }),
        payload: () => payload,
        publish: () => {
          connection.publish(subject, payload, { headers });
          return unlessLost(connection.flush());
        },
        answer: () => 'PONG',
      });
      // The error is reported in a later turn of the loop.
      await new Promise((resolve) => setImmediate(resolve));
      const offence = tookOffence(subject);
      return offence === undefined
        ? { status: 'delivered', detail: 'sent; nobody has confirmed it' }
        : failureOf(new Error(offence), servers.name);
    }

    function headersOf({ receivedAt, coalesced }: Notification) {
      const headers = library.headers();
      headers.set('Belfry-Received-At', new Date(receivedAt).toISOString());
      if (coalesced !== undefined) headers.set('Belfry-Coalesced', String(coalesced.count));
      return headers;
    }

    async function attempt(notification: Notification): Promise<Outcome> {
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

    return publishByLane({
      ...{ maxBatch, server: servers.name, attemptTimeoutMs, connections, heldBack, publish: attempt },
      failure: (thrown) => failureOf(thrown, servers.name),
    });
  },
});

const shown = (headers: MsgHdrs): Readonly<Record<string, string>> =>
  Object.fromEntries(headers.keys().map((name) => [name, headers.get(name)]));

const isLink = (value: unknown): value is NatsLink =>
  typeof value === 'object' && value !== null && 'jetstream' in value;
