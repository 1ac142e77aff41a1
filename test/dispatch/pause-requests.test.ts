import { describe, expect, it } from 'vitest';
import { BelfryError } from '../../src/base/error.ts';
import { pausePatienceMs } from '../../src/dispatch/wakeup.ts';
import { append, dispatchOn, memorySpool, recipientOf } from '../admin/work.ts';
import { changedSpool } from '../support/changed-spool.ts';
import { until } from '../support/until.ts';

describe('a pause of a notifier', () => {
  it('comes while an attempt hangs, and finds it deferred with all that was behind it', async () => {
    const spool = await memorySpool('n');
    let finish = (): void => {};
    const attempted: string[] = [];
    const dispatch = dispatchOn(spool, [
      recipientOf('n', async (message) => {
        attempted.push(message);
        if (message === 'a:1') {
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        }
        return { status: 'delivered' };
      }),
    ]);
    await append(spool, 'a:1', 'b:1', 'a:2');
    await until(() => attempted.length === 2);
    const found = await dispatch.pause('n', async ({ underWay }) => {
      const { cursor, tally } = await spool.consumer('n');
      const positions = (await spool.deferred('n', 0, 9)).map(({ position }) => position);
      return { underWay: [...underWay], cursor, positions, delivered: tally.delivered };
    });
    expect(found).toEqual({ underWay: [1], cursor: 3, positions: [1, 3], delivered: 1 });
    expect(dispatch.states().get('n')).toMatchObject({ breaker: 'closed', inFlight: 1 });
    finish();
    await until(async () => (await spool.consumer('n')).deferred === 0);
    // What was under way is not attempted again, and its mailbox goes on behind it.
    expect(attempted).toEqual(['a:1', 'b:1', 'a:2']);
    expect((await spool.consumer('n')).tally.delivered).toBe(3);
    await dispatch.stop(1000);
  });

  it('hands on what was thrown in it, and is refused once the notifier is stopped', async () => {
    const spool = await memorySpool('n');
    const dispatch = dispatchOn(spool, [recipientOf('n', async () => ({ status: 'delivered' }))]);
    await expect(dispatch.pause('n', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    await append(spool, 'a:1');
    await until(async () => (await spool.consumer('n')).tally.delivered === 1);
    await expect(dispatch.pause('nobody', async () => 1)).rejects.toMatchObject({ code: 'BUSY' });
    const stopping = dispatch.stop(1000);
    await expect(dispatch.pause('n', async () => 1)).rejects.toMatchObject({ code: 'BUSY' });
    await stopping;
    await expect(dispatch.pause('n', async () => 1)).rejects.toMatchObject({ code: 'BUSY' });
  });

  it('is refused after a while where progress cannot be recorded, and comes again once it can', async () => {
    const spool = await memorySpool('n');
    let full = true;
    let [clock, tried] = [Date.now(), 0];
    const refusing = changedSpool(spool, {
      async commit(name, progress) {
        tried += 1;
        if (full) throw new BelfryError('SPOOL_IO', 'no space left on device');
        await spool.commit(name, progress);
      },
    });
    const dispatch = dispatchOn(refusing, [recipientOf('n', async () => ({ status: 'delivered' }))], () => clock);
    await append(spool, 'a:1');
    await until(() => tried > 0);
    const asked = dispatch.pause('n', async () => 'granted').catch((thrown: unknown) => thrown);
    await until(() => tried > 1);
    clock += pausePatienceMs;
    expect(await asked).toMatchObject({ code: 'BUSY', message: expect.stringMatching(/free .*space/) });
    full = false;
    expect(await dispatch.pause('n', async () => 'granted')).toBe('granted');
    await dispatch.stop(1000);
  });
});
