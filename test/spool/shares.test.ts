import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excessOf, UnusableAdmission } from '../../src/spool/shares.ts';
import { unusableConsumer } from '../../src/spool/spool.ts';

const maxBytes = 1_000_000;

describe('the shares of dead letters', () => {
  it('come to an end for any holders, and leave each notifier its part and the unusable ones theirs', () => {
    const holders = fc.record({
      unusable: fc.nat(2 * maxBytes),
      notifiers: fc.array(fc.nat(maxBytes), { minLength: 1, maxLength: 8 }),
    });
    fc.assert(
      fc.property(holders, ({ unusable, notifiers }) => {
        const held = [
          { name: unusableConsumer, deadBytes: unusable, dead: 1000 },
          ...notifiers.map((deadBytes, i) => ({ name: `n${i}`, deadBytes, dead: 1000 })),
        ];
        const before = held.map(({ deadBytes }) => deadBytes);
        let steps = 0;
        for (let excess = excessOf(held, maxBytes); excess !== undefined; excess = excessOf(held, maxBytes)) {
          expect(++steps).toBeLessThan(50);
          expect(excess.bytes).toBeGreaterThan(0);
          const holder = held.find(({ name }) => name === excess?.name);
          if (holder !== undefined) holder.deadBytes = Math.floor(holder.deadBytes - excess.bytes);
        }
        expect(held.reduce((sum, { deadBytes }) => sum + deadBytes, 0)).toBeLessThanOrEqual(maxBytes * 0.25);
        const part = (maxBytes * 0.24) / notifiers.length;
        held.forEach(({ name, deadBytes }, i) => {
          const guaranteed = name === unusableConsumer ? maxBytes * 0.01 : part;
          expect(deadBytes).toBeGreaterThanOrEqual(Math.floor(Math.min(before[i] ?? 0, guaranteed)) - 1);
        });
      }),
    );
  });

  it('leave the newest of the unusable requests, however long it is', () => {
    const held = { name: unusableConsumer, deadBytes: 240_000, dead: 3 };
    expect(excessOf([held], maxBytes)).toMatchObject({ name: unusableConsumer, most: 2 });
    expect(excessOf([{ ...held, dead: 1 }], maxBytes)).toBeUndefined();
  });

  it('keep all unusable requests while there is room, and then 500 a second in place of older ones', () => {
    let now = 1_000_000;
    const admission = new UnusableAdmission(maxBytes, () => now);
    const admit = (count: number, bytes: number): number => admission.admit(unusableConsumer, count, bytes);
    expect(admit(100_000, 40_000)).toBe(100_000);
    expect(admission.admit('crm', 100_000, maxBytes)).toBe(100_000);
    expect(admit(400, 49_500)).toBe(400);
    expect(admit(400, 49_500)).toBe(100);
    expect(admit(400, 49_500)).toBe(0);
    now += 100;
    expect(admit(400, 49_500)).toBe(50);
    now += 3_600_000;
    expect(admit(4000, 49_500)).toBe(500);
    // A clock that was set back.
    now -= 7_200_000;
    expect(admit(4000, 49_500)).toBe(0);
    now += 1000;
    expect(admit(4000, 49_500)).toBe(500);
  });
});
