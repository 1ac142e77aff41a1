import { describe, expect, it } from 'vitest';
import { Wakeup } from '../../src/dispatch/wakeup.ts';

/** Whether others had a turn while `act` ran. */
async function givesTurn(act: () => Promise<void>): Promise<boolean> {
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await act();
  return turned;
}

describe('the rest of a loop', () => {
  it('gives others a turn where there is much to do, and else after a few rounds', async () => {
    const wakeup = new Wakeup();
    const rest = (isMuch: boolean): Promise<boolean> => {
      wakeup.wake();
      return givesTurn(() => wakeup.rest(undefined, isMuch));
    };
    expect(await rest(true)).toBe(true);
    const turns: boolean[] = [];
    for (let round = 0; round < 40; round += 1) turns.push(await rest(false));
    // An earlier immediate may have had its turn in the same one.
    expect(turns.filter((turn) => turn).length).toBeGreaterThanOrEqual(10);
    expect(turns.filter((turn) => !turn).length).toBeGreaterThanOrEqual(20);
  });

  it('is over at once when something has woken the loop, which the next round takes note of', async () => {
    const wakeup = new Wakeup();
    wakeup.wake();
    await wakeup.rest(3_600_000, true);
    const asleep = wakeup.rest(3_600_000, false).then(() => 'woken');
    expect(await Promise.race([asleep, new Promise((resolve) => setImmediate(() => resolve('asleep')))])).toBe(
      'asleep',
    );
    wakeup.wake();
    expect(await asleep).toBe('woken');
  });
});
