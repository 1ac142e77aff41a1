/** A row: an ordinary server, 300 events a second into a log and a webhook, and a program for one in 50. */
import { compileSender, flagsSet } from '../../e2e/sender.ts';
import { makeWorkspace } from '../../e2e/workspace.ts';
import { startCountingReceiver } from '../counting-receiver.ts';
import { trickle } from './low-load.ts';
import { defineRow } from './row.ts';

const [perSecond, seconds] = [300, 6];
const share = 1 / 50;

export const ordinary = defineRow({
  name: 'ordinary',
  figures: {
    each: {
      ...{ what: 'an ordinary server: 300 a second into a log and a webhook, exec for one in 50', unit: 'us' },
      ...{ before: '2,600', target: 300 },
    },
  },
  async measure(bench) {
    const receiver = await startCountingReceiver(bench.defer);
    const served = await bench.serve((home) => [
      ...['notifiers: audit hook run', 'audit_method: log', `audit_log_file: ${home}/events.log`],
      ...['hook_method: webhook', `hook_webhook_url: ${receiver.url}`],
      ...['run_method: exec', 'run_exec_program: /bin/true', 'run_events: FlagsClear'],
    ]);
    const clear = Buffer.from((await flagsSet()).toString('latin1').replace('"FlagsSet"', '"FlagsClear"'), 'latin1');
    const other = await compileSender(await makeWorkspace(bench.defer), 0, clear);
    const rate = perSecond * share;
    const begin = (): void => {
      beside = other.send(served.socket, Math.round(rate * seconds * bench.scale), rate);
    };
    let beside: Promise<unknown> | undefined;
    const { each } = await trickle(bench, served, ['audit', 'hook', 'run'], [perSecond, seconds], begin);
    await beside;
    return { each };
  },
});
