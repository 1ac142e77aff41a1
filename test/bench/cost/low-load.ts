/** Rows: events that come one at a time, as they do on most machines, with the bytes that each has written. */
import { until } from '../../support/until.ts';
import { type Served, unfinished } from '../served.ts';
import { type Bench, defineRow, type Measurement } from './row.ts';
import { processorUs, writtenBytes } from './used.ts';

const lines = (): readonly string[] => ['notifiers: none', 'none_method: null'];

/**
 * Sends at a rate for some seconds, and answers what each event has cost until all were finished. Others were sent before,
 * because the engine compiles what runs often. `begin` is called when the measured ones begin.
 */
export async function trickle(
  { sender, scale }: Bench,
  served: Served,
  notifiers: readonly string[],
  [perSecond, seconds]: readonly [number, number],
  begin: () => void = () => {},
): Promise<{ readonly each: Measurement; readonly written: Measurement }> {
  const { daemon, socket, home } = served;
  const finished = () =>
    until('all to be finished', async () => {
      const left = await Promise.all(notifiers.map((notifier) => unfinished(home, notifier)));
      return left.every((count) => count === 0);
    });
  await sender.send(socket, 3000 * scale, 1500);
  await finished();
  const count = Math.round(perSecond * seconds * scale);
  begin();
  const [used, bytes] = [await processorUs(daemon), await writtenBytes(daemon)];
  await sender.send(socket, count, perSecond);
  await finished();
  return {
    each: { value: ((await processorUs(daemon)) - used) / count, perSecond },
    written: { value: ((await writtenBytes(daemon)) - bytes) / count },
  };
}

export const lowLoad = defineRow({
  name: 'low-load',
  figures: {
    each: { what: 'low load: 1,000 a second, null', unit: 'us', before: '400 to 994', target: 100 },
    written: { what: 'the same: bytes through write(2)', unit: 'bytes', before: '9,000 to 10,000', target: 2048 },
  },
  measure: async (bench) => trickle(bench, await bench.serve(lines), ['none'], [1000, 5]),
});

export const lowestLoad = defineRow({
  name: 'lowest-load',
  figures: { each: { what: 'low load: 100 a second, null', unit: 'us', before: '2,600', target: 400 } },
  async measure(bench) {
    const { each } = await trickle(bench, await bench.serve(lines), ['none'], [100, 8]);
    return { each };
  },
});
