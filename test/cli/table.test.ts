import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { progressBar } from '../../src/cli/progress-bar.ts';
import { renderItem } from '../../src/cli/render-entry.ts';
import { moment } from '../../src/cli/selection.ts';
import { age, table, until, wrap } from '../../src/cli/table.ts';

describe('tables', () => {
  it('align words to the left and numbers to the right', () => {
    const columns = [{ title: 'NAME' }, { title: 'N', right: true }, { title: 'WHAT' }] as const;
    expect(
      table(columns, [
        ['a', '1', ''],
        ['long-name', '22', 'x'],
      ]),
    ).toBe('NAME        N  WHAT\na           1\nlong-name  22  x\n');
  });

  it('wrap between words, and cut none', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('one much-too-long two', 7, '  ')).toEqual(['  one', '  much-too-long', '  two']);
    expect(wrap('two  spaces', 20)).toEqual(['two  spaces']);
    expect(wrap('', 7, '  ')).toEqual([]);
  });

  it('tell ages by their two greatest units', () => {
    expect([0, 999, 1000, 200_000, 3_600_000, 3_605_000, 190_000_000].map(age)).toEqual([
      ...['0s', '0s', '1s', '3m 20s', '1h', '1h', '2d 4h'],
    ]);
    expect([until(5, 10), until(31_000, 1000)]).toEqual(['now', 'in 30s']);
  });

  it('show nothing that could steer a terminal, and never more than there is room for', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    const attempt = fc.record({
      at: fc.nat(),
      durationMs: fc.nat(),
      outcome: fc.constantFrom('retry' as const, 'rejected' as const),
      reason: text,
    });
    const item = fc.record({
      kind: fc.constantFrom('waiting' as const, 'deferred' as const, 'dead' as const),
      ...{ notifier: text, class: text, event: text, user: text, mailbox: text, reason: text },
      id: fc.constant('0'.repeat(26)),
      ...{ receivedAt: fc.nat(), size: fc.nat(), dueAt: fc.nat(), diedAt: fc.nat() },
      attempts: fc.array(attempt, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(item, fc.nat(), (row, now) => {
        const lines = renderItem(row, now, 100).split('\n');
        expect(lines).toHaveLength(3);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
        expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 200 },
    );
  });
});

describe('times on the command line', () => {
  it('are instants or ages', () => {
    const now = Date.UTC(2026, 10, 21, 12);
    expect(moment('--since', '2026-11-21T10:00:00Z', now)).toBe(now - 7_200_000);
    expect(moment('--since', '2026-11-21T12:00+02:00', now)).toBe(now - 7_200_000);
    expect(moment('--since', '2h', now)).toBe(now - 7_200_000);
    expect(moment('--since', '2026-11-21', now)).toBe(Date.UTC(2026, 10, 21));
    for (const wrong of ['', 'noon', '2026-13-41', '2026-02-30', '2026-02-30T10:00Z', '-1h', '2026-11-21T25:00Z']) {
      expect(() => moment('--since', wrong, now)).toThrow(/--since: ".*" .*time/);
    }
  });
});

describe('the progress bar', () => {
  function bar(errIsTerminal: boolean): {
    readonly said: string[];
    show(at: number, done: number): void;
    clear(): void;
  } {
    const said: string[] = [];
    let time = 0;
    const io = { out() {}, err: (text: string) => void said.push(text), exit() {}, errIsTerminal };
    const shownBar = progressBar(io, 'retry', () => time);
    return {
      said,
      show(at, done) {
        time = at;
        shownBar.show(done, 10);
      },
      clear: shownBar.clear,
    };
  }

  it('comes when work takes a while, is drawn now and then, and leaves nothing behind', () => {
    const { said, show, clear } = bar(true);
    show(10, 1);
    show(350, 5);
    show(360, 6);
    show(500, 10);
    clear();
    clear();
    const drawn = ['[###############...............] 5 of 10', `[${'#'.repeat(30)}] 10 of 10`].map(
      (text) => `\rretry ${text}`,
    );
    expect(said).toEqual([...drawn, `\r${' '.repeat((drawn[1]?.length ?? 0) - 1)}\r`]);
  });

  it('is nothing where there is no terminal', () => {
    const { said, show, clear } = bar(false);
    show(5000, 5);
    clear();
    expect(said).toEqual([]);
  });
});
