/** Method syslog on a real rsyslogd: it parses what was meant, and what a kill loses is counted, in order. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { printable } from '../../../src/base/printable.ts';
import type { Notification } from '../../../src/notifier/notifier.ts';
import { syslog } from '../../../src/notifier/syslog.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { openMethod } from '../../notifier/open-method.ts';
import { anyNotification, eventNotification, hostileNotifications } from '../../notifier/samples.ts';
import { belfry } from '../daemon.ts';
import { documentedDaemon } from './documented.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { type ParsedMessage, type RsyslogServer, startRsyslog } from './rsyslog-server.ts';
import { needing } from './server.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/http');
/** Signed by itself: also its own CA, and the client's. */
const certificates = {
  ca: join(fixtures, 'certificate.pem'),
  certificate: join(fixtures, 'certificate.pem'),
  key: join(fixtures, 'key.pem'),
};
const tlsOptions = {
  ca: certificates.ca,
  client_certificate: certificates.certificate,
  client_key: certificates.key,
};
const never = new AbortController().signal;
const idOf = ({ msg }: ParsedMessage): string => /^[ \ufeff]*(\S+)/.exec(msg)?.[1] ?? '';

const needed = needing('a real rsyslogd', 'rsyslogd', 'rsyslog rsyslog-gnutls');

describe.skipIf(needed.skipped)(needed.title, () => {
  const transports: readonly (readonly [string, (server: RsyslogServer) => Readonly<Record<string, string>>])[] = [
    ['a Unix socket', (server) => ({ address: server.socket })],
    ['a Unix socket, RFC 5424', (server) => ({ address: server.modernSocket, format: 'rfc5424' })],
    ['UDP', (server) => ({ address: `udp://127.0.0.1:${server.udpPort}` })],
    ['TCP', (server) => ({ address: `tcp://127.0.0.1:${server.tcpPort}` })],
    ['TCP, RFC 3164', (server) => ({ address: `tcp://127.0.0.1:${server.tcpPort}`, format: 'rfc3164' })],
    ['TLS', (server) => ({ address: `tls://127.0.0.1:${server.tlsPort}`, ...tlsOptions })],
  ];
  // One for all: each port that a test has ever asked for stays reserved.
  const undone: (() => void | Promise<void>)[] = [];
  let shared: Promise<RsyslogServer> | undefined;
  afterAll(async () => {
    for (const undo of undone.reverse()) await undo();
  });
  for (const [title, options] of transports) {
    notifierContract(`syslog to rsyslogd over ${title}`, async () => {
      const undo: (() => void | Promise<void>)[] = [];
      shared ??= startRsyslog((one) => undone.push(one), certificates);
      const server = await shared;
      const before = (await server.messages()).length;
      const wanted = options(server);
      const [, port] = /^t.*:(\d+)$/.exec(wanted['address'] ?? '') ?? [];
      const proxy = port === undefined ? undefined : await startFaultProxy(Number(port), (one) => undo.push(one));
      const address = proxy === undefined ? wanted['address'] : wanted['address']?.replace(/\d+$/, String(proxy.port));
      const notifier = await openMethod(syslog, { ...wanted, address: address ?? '' });
      const marking = await openMethod(syslog, wanted);
      undo.push(() => marking.close());
      let marks = 0;
      return {
        notifier,
        received: async () => {
          // Two marks behind everything, one after the other: what was sent before has been written then.
          const ids = async () => (await server.messages()).slice(before).map(idOf);
          for (const _ of [1, 2]) {
            marks += 1;
            const mark = `mark-${marks}`;
            await marking.notify([{ notification: eventNotification(mark), attempt: 1, lane: '' }], never);
            await expect.poll(ids, { timeout: 20_000 }).toContain(mark);
          }
          return (await ids()).filter((id) => !id.startsWith('mark-'));
        },
        ...(proxy === undefined ? {} : { breakPeer: () => proxy.set('reset') }),
        ...(title === 'TLS' ? { hangPeer: () => proxy?.set('half-open') } : {}),
        dispose: async () => {
          for (const one of undo.reverse()) await one();
        },
      };
    });
  }

  /** All that was delivered, as rsyslog has parsed it. */
  async function sendAll(
    server: RsyslogServer,
    options: Readonly<Record<string, string>>,
    all: readonly Notification[],
  ) {
    const notifier = await openMethod(syslog, options);
    onTestFinished(() => notifier.close());
    const before = (await server.messages()).length;
    const delivered: Notification[] = [];
    for (const notification of all) {
      const [outcome] = await notifier.notify([{ notification, attempt: 1, lane: '' }], never);
      if (outcome?.status === 'delivered') delivered.push(notification);
      else expect(outcome?.status).toBe('rejected');
    }
    const parsed = async () => (await server.messages()).slice(before);
    await expect.poll(async () => (await parsed()).length, { timeout: 30_000 }).toBe(delivered.length);
    return { delivered, parsed: await parsed() };
  }

  test('parses what was meant, for any notification', async () => {
    const server = await startRsyslog(onTestFinished, certificates);
    let count = 0;
    const any = anyNotification(() => {
      count += 1;
      return `01-${count}`;
    });
    const all = [...hostileNotifications(), ...fc.sample(any, { numRuns: 300, seed: 7 })];
    const modern = [
      { address: `tcp://127.0.0.1:${server.tcpPort}` },
      { address: `tls://127.0.0.1:${server.tlsPort}`, ...tlsOptions },
      { address: `udp://127.0.0.1:${server.udpPort}`, max_length: '8K' },
      { address: server.modernSocket, format: 'rfc5424' },
    ];
    for (const options of modern) {
      const common = {
        message_facility: 'local3',
        message_severity: 'warning',
        hostname: 'imap.example.org',
        parameters: 'fname timestamp',
      };
      const { delivered, parsed } = await sendAll(server, { ...common, ...options }, all);
      for (const [index, notification] of delivered.entries()) {
        const { id, class: kind, event, user, mailbox, payload, fname = '' } = notification;
        const one = parsed[index];
        const timestamp = typeof payload['timestamp'] === 'string' ? payload['timestamp'] : '';
        const wanted = { id, class: kind, event: event ?? '', user, mailbox, fname, timestamp };
        const shown = Object.entries(wanted).map(([name, value]) => [name, printable(value)]);
        expect(one).toMatchObject({
          hostname: 'imap.example.org',
          pri: String(19 * 8 + 4),
          procid: String(process.pid),
        });
        expect(one?.['$!']?.['rfc5424-sd']).toEqual({
          'belfry@32473': Object.fromEntries(shown.filter(([, value]) => value !== '')),
        });
        const text = printable(`${id} ${event ?? kind} user=${user} mailbox=${mailbox}`);
        expect(one?.msg.replace(/^\ufeff/, '')).toBe(text);
      }
    }
    const local = await sendAll(server, { address: server.socket, max_length: '128K' }, all);
    for (const [index, { id }] of local.delivered.entries()) {
      expect(local.parsed[index]).toMatchObject({ programname: 'belfry', procid: String(process.pid), pri: '22' });
      expect(idOf(local.parsed[index] as ParsedMessage)).toBe(id);
    }
  });

  test('gets a message of the longest length whole, and one more byte cut', async () => {
    const server = await startRsyslog(onTestFinished);
    const address = `tcp://127.0.0.1:${server.tcpPort}`;
    const longest = 128 * 1024;
    const options = { address, max_length: '128K', message: '{message}', structured_id: '-', format: 'rfc3164' };
    const of = (length: number) => eventNotification('01-a', { snippet: 'x'.repeat(length) });
    const [probe] = (await sendAll(server, options, [of(1)])).parsed;
    const room = longest - Buffer.byteLength(probe?.rawmsg ?? '') + 1;
    const { parsed } = await sendAll(server, options, [of(room), of(room + 1)]);
    expect(parsed.map(({ rawmsg }) => Buffer.byteLength(rawmsg))).toEqual([longest, longest]);
    expect(parsed.map(({ rawmsg }) => rawmsg.slice(-7))).toEqual(['xxxxx"}', 'bytes]'.padStart(7)]);
  });

  test.each(['TCP', 'a Unix socket'])(
    'killed and restarted under load over %s: in order, and what is lost is counted',
    async (over) => {
      const server = await startRsyslog(onTestFinished);
      const address = over === 'TCP' ? `tcp://127.0.0.1:${server.tcpPort}` : server.socket;
      const notifier = await openMethod(syslog, { address });
      onTestFinished(() => notifier.close());
      const confirmed: string[] = [];
      let isOver = false;
      let next = 0;
      const load = (async () => {
        let waiting: string[] = [];
        for (;;) {
          while (waiting.length < 20) {
            waiting.push(`01-${next}`);
            next += 1;
          }
          const deliveries = waiting.map((id) => ({ notification: eventNotification(id), attempt: 1, lane: '' }));
          const outcomes = await notifier.notify(deliveries, never);
          const done = outcomes.filter(({ status }) => status === 'delivered').length;
          confirmed.push(...waiting.slice(0, done));
          waiting = waiting.slice(done);
          if (isOver && done > 0) return;
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const more = async (count: number): Promise<void> => {
        const wanted = confirmed.length + count;
        await expect.poll(() => confirmed.length, { timeout: 60_000 }).toBeGreaterThan(wanted);
      };
      for (let kill = 0; kill < 3; kill += 1) {
        await more(2000);
        await server.kill();
        await server.start();
      }
      await more(200);
      isOver = true;
      await load;
      const got = async () => (await server.messages()).map(idOf);
      await expect.poll(got, { timeout: 60_000 }).toContain(confirmed.at(-1));
      const ids = await got();
      const arrived = new Set(ids);
      const lost = confirmed.filter((id) => !arrived.has(id));
      process.stdout.write(
        `${over}: ${confirmed.length} were given to the kernel, ${lost.length} are lost after 3 kills\n`,
      );
      // In order: what is retried comes again, and nothing overtakes.
      const first = [...arrived].map((id) => Number(id.slice(3)));
      expect(first).toEqual(first.toSorted((a, b) => a - b));
      // What was lost was in the kernel or in rsyslogd's memory when that died: a stretch for each kill.
      const isLost = new Set(lost);
      const stretches = lost.filter((id) => !isLost.has(`01-${Number(id.slice(3)) - 1}`)).length;
      expect(stretches).toBeLessThanOrEqual(3);
    },
  );

  test('gets the events of a daemon with the configuration of the documentation', async () => {
    const server = await startRsyslog(onTestFinished);
    const { place } = await documentedDaemon('docs/syslog.md', ['127.0.0.1:514', `127.0.0.1:${server.tcpPort}`]);
    const example = await belfry(['events', 'MessageNew', '--example']);
    const sent = await belfry(['send', '-C', place.configurationFile, '--event', '-'], { input: example.stdout });
    expect(sent.status).toBe(0);
    await expect.poll(async () => (await server.messages()).length, { timeout: 60_000 }).toBe(1);
    const [message] = await server.messages();
    expect(message).toMatchObject({ pri: String(22 * 8 + 6), msgid: 'MessageNew', programname: 'belfry' });
    expect(message?.['$!']?.['rfc5424-sd']).toMatchObject({ 'belfry@32473': { event: 'MessageNew' } });
  });
});
