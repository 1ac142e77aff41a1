/** What `datagram_commit: before-read` costs the mail server, beside `after-read`: `npm run bench`. The runs alternate. */
import { readFileSync } from 'node:fs';
import { compileSender, type SendReport } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { makeWorkspace } from '../e2e/workspace.ts';
import { measuringWithSender } from './measuring.ts';
import { median, serve } from './served.ts';

const rounds = 3;
/** A rate that a busy mail server has, and as fast as the datagrams are taken. */
const rates = [200, 1000, 0];
const requests = (rate: number): number => (rate === 0 ? 10_000 : 2 * rate);

await measuringWithSender(async (defer) => {
  const sender = await compileSender(await makeWorkspace(defer));
  const modes = ['after-read', 'before-read'];
  const sockets = new Map<string, string>();
  for (const mode of modes) {
    const lines = ['notifiers: none', 'none_method: null', `datagram_commit: ${mode}`];
    sockets.set(mode, (await serve(() => lines, defer)).socket);
  }
  const runs = new Map<string, SendReport[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const rate of rates) {
      for (const [mode, socket] of sockets) {
        const name = `${mode}, ${rate === 0 ? 'at full speed' : `${rate} a second`}`;
        runs.set(name, [...(runs.get(name) ?? []), await sender.send(socket, requests(rate), rate)]);
      }
    }
  }
  const queue = readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'latin1').trim();
  printTable(`sendto(2), net.unix.max_dgram_qlen ${queue}, medians of ${rounds} alternating runs`, [
    ['datagram_commit', 'per second', 'sleeps p50 (us)', 'p99', 'longest', 'failed'],
    ...[...runs].map(([name, all]) => [
      name,
      ...(['perSecond', 'p50us', 'p99us', 'maxUs'] as const).map((field) => median(all.map((run) => run[field]))),
      all.reduce((sum, { errors }) => sum + errors, 0),
    ]),
  ]);
});
