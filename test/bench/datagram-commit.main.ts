/** What `datagram_commit: before-read` costs the mail server, beside `after-read`: `npm run bench`. The runs alternate. */
import { readFileSync } from 'node:fs';
import { compileSender } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { makeWorkspace } from '../e2e/workspace.ts';
import { isShort, measuringWithSender } from './measuring.ts';
import { type Measured, median, type Served, sendAndFinish, serve, share } from './served.ts';

const rounds = isShort ? 2 : 3;
/** A rate that a busy mail server has, and as fast as the datagrams are taken. */
const rates = isShort ? [1000, 0] : [200, 1000, 0];
const requests = (rate: number): number => (rate === 0 ? 10_000 : rate) * (isShort ? 0.3 : 2);

await measuringWithSender('datagram-commit', async (defer) => {
  const sender = await compileSender(await makeWorkspace(defer));
  const modes = ['after-read', 'before-read'];
  const daemons = new Map<string, Served>();
  for (const mode of modes) {
    const lines = ['notifiers: none', 'none_method: null', `datagram_commit: ${mode}`];
    daemons.set(mode, await serve(() => lines, defer));
  }
  const runs = new Map<string, Measured[]>();
  const nameOf = (mode: string, rate: number): string =>
    `${mode}, ${rate === 0 ? 'at full speed' : `${rate} a second`}`;
  for (let round = 0; round < rounds; round += 1) {
    for (const rate of rates) {
      for (const [mode, served] of daemons) {
        const run = await sendAndFinish(served, 'none', sender, requests(rate), rate);
        runs.set(nameOf(mode, rate), [...(runs.get(nameOf(mode, rate)) ?? []), run]);
      }
    }
  }
  const middle = (all: readonly Measured[], field: keyof Measured): number => median(all.map((run) => run[field]));
  const perSecond = (mode: string, rate: number): number => middle(runs.get(nameOf(mode, rate)) ?? [], 'perSecond');
  const queue = readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'latin1').trim();
  printTable(`sendto(2), net.unix.max_dgram_qlen ${queue}, medians of ${rounds} alternating runs`, [
    ['datagram_commit', 'per second', 'ratio', 'processor (us each)', 'sleeps p50 (us)', 'p99', 'longest', 'failed'],
    ...modes.flatMap((mode) =>
      rates.map((rate) => {
        const all = runs.get(nameOf(mode, rate)) ?? [];
        return [
          nameOf(mode, rate),
          perSecond(mode, rate),
          share(perSecond(mode, rate), perSecond('after-read', rate)),
          Math.round(middle(all, 'receiverUs')),
          ...(['p50us', 'p99us', 'maxUs'] as const).map((field) => middle(all, field)),
          all.reduce((sum, { errors }) => sum + errors, 0),
        ];
      }),
    ),
  ]);
  return { 'before-read / after-read': perSecond('before-read', 0) / perSecond('after-read', 0) };
});
