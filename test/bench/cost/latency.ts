/**
 * A row: how long the mail server sleeps in sendto(2) at 10,000 a second while everything is busy: delivery to a log, a
 * webhook, and eight clients that send bodies of 4 MB over HTTP.
 */
import { freePorts } from '../../support/free-ports.ts';
import { until } from '../../support/until.ts';
import { startCountingReceiver } from '../counting-receiver.ts';
import { startHttpClients } from '../http-clients.ts';
import { defineRow } from './row.ts';

const [perSecond, seconds] = [10_000, 5];

export const latency = defineRow({
  name: 'latency',
  figures: {
    p99: { what: 'sendto(2) at 10,000 a second, everything busy: p99', unit: 'us', before: '11,000', target: 300 },
    longest: { what: 'the same: longest', unit: 'us', before: 'not known', target: 20_000 },
  },
  async measure({ serve, sender, scale, defer }) {
    const receiver = await startCountingReceiver(defer);
    const { port } = await freePorts(['port']);
    const { socket } = await serve((home) => [
      ...['notifiers: audit hook', 'audit_method: log', `audit_log_file: ${home}/events.log`],
      ...['hook_method: webhook', `hook_webhook_url: ${receiver.url}`, `http_listen: 127.0.0.1:${port}`],
    ]);
    await sender.send(socket, perSecond * scale, perSecond);
    const clients = startHttpClients(`http://127.0.0.1:${port}/v1/events`, defer);
    await until('the clients to be answered', () => clients.events() > 0);
    const report = await sender.send(socket, perSecond * seconds * scale, perSecond);
    await clients.stop();
    return { p99: { value: report.p99us, perSecond: report.perSecond }, longest: { value: report.maxUs } };
  },
});
