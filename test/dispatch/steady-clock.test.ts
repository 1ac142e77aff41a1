import { describe, expect, it } from 'vitest';
import { SteadyClock } from '../../src/dispatch/steady-clock.ts';

function clock(): { readonly steady: SteadyClock; set(wall: number): void; pass(ms: number): void } {
  let [wall, monotonic] = [1_000_000, 50];
  return {
    steady: new SteadyClock(
      () => wall,
      () => monotonic,
    ),
    set(to) {
      wall = to;
    },
    pass(ms) {
      wall += ms;
      monotonic += ms;
    },
  };
}

describe('the clock of dispatch', () => {
  it('is that of the machine, and follows it forward', () => {
    const { steady, set, pass } = clock();
    expect(steady.now()).toBe(1_000_000);
    pass(10);
    expect(steady.now()).toBe(1_000_010);
    set(2_000_000);
    expect(steady.now()).toBe(2_000_000);
  });

  it('goes on at its pace when that of the machine is set back', () => {
    const { steady, set, pass } = clock();
    steady.now();
    set(0);
    expect(steady.now()).toBe(1_000_000);
    pass(700);
    expect(steady.now()).toBe(1_000_700);
  });

  it('is not earlier than what was written before it', () => {
    const { steady, pass } = clock();
    steady.notBefore(1_500_000);
    steady.notBefore(1_200_000);
    pass(1);
    expect(steady.now()).toBe(1_500_001);
    steady.notBefore(Number.NaN);
    steady.notBefore(Number.POSITIVE_INFINITY);
    expect(steady.now()).toBe(1_500_001);
  });
});
