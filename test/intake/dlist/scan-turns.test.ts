import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DlistScanner } from '../../../src/decode/dlist/scanner.ts';
import { ScanTurns, stepsPerTake, stepsPerTurn } from '../../../src/intake/dlist/scan-turns.ts';

const line = (values: number, literal: number): Buffer =>
  Buffer.from(`NOTIFY %(${'KEY "value of a key" '.repeat(values)}MESSAGE {${literal}+}\r\n${'x'.repeat(literal)})\r\n`);

describe('what is scanned in one turn of the event loop', () => {
  it('is bounded in steps, whatever comes: each feed makes no more than it may, and finds the same', () => {
    const lengths = fc.record({ values: fc.nat(200), literal: fc.nat(5000), most: fc.integer({ min: 1, max: 500 }) });
    fc.assert(
      fc.property(lengths, ({ values, literal, most }) => {
        const bytes = line(values, literal);
        const scanner = new DlistScanner();
        for (let at = 0; at < bytes.length; ) {
          const before = scanner.steps;
          at = scanner.feed(bytes, at, most);
          expect(scanner.steps - before).toBeLessThanOrEqual(most);
          expect(scanner.problem).toBeUndefined();
        }
        expect(scanner.complete).toBe(true);
        expect(scanner.steps).toBeLessThanOrEqual(bytes.length - literal + 1);
      }),
    );
  });

  it('is bounded over all connections: as many as want to scan, they share the steps of a turn in their order', async () => {
    const turns = new ScanTurns();
    const perTurn: number[] = [0];
    const order: number[] = [];
    let over = false;
    const count = (): void => {
      perTurn.push(0);
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    const connection = async (number: number): Promise<void> => {
      for (let take = 0; take < 5; take += 1) {
        await turns.enter();
        perTurn.push((perTurn.pop() ?? 0) + stepsPerTake);
        if (take === 0) order.push(number);
        turns.leave(stepsPerTake);
      }
    };
    const numbers = Array.from({ length: 50 }, (_, number) => number);
    await Promise.all(numbers.map(connection));
    over = true;
    expect(perTurn.reduce((a, b) => a + b)).toBe(50 * 5 * stepsPerTake);
    // One turn of ours may see the end of one of theirs and the beginning of the next.
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(2 * stepsPerTurn);
    expect(order).toEqual(numbers);
  });

  it('lets short requests through without a wait', async () => {
    const turns = new ScanTurns();
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    for (let request = 0; request < 100; request += 1) {
      await turns.enter();
      turns.leave(100);
    }
    expect(turned).toBe(false);
  });
});
