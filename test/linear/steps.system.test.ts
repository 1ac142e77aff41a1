/** Every reader of hostile text is shown to take at most linear time, by its steps for a text, one twice as long, and one four times. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What sorts makes a little more than twice the steps for twice the text; the square of the text would make four times. */
const mostPerDoubling = 2.3;

/** Code that V8's compilers have made does not count how often it is entered. */
const uncompiled = ['--no-opt', '--no-maglev'];

function stepsOf(directory: string, list: string): ReadonlyMap<string, readonly number[]> {
  const program = join(import.meta.dirname, 'steps.main.ts');
  const words = [...uncompiled, '--import', 'tsx', program, directory, join(import.meta.dirname, list)];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${list} has ended with ${status}: ${stderr}`);
  return new Map(Object.entries(JSON.parse(stdout) as Record<string, readonly number[]>));
}

/**
 * On the average of the two, because V8 leaves out a block that was entered as often as the one around it. A text that is
 * recognised without a look at its characters makes hardly any steps: it counts as one that makes a step for each.
 */
function perDoubling([one = 0, , four = 0]: readonly number[] = []): number {
  return Math.sqrt(four / Math.max(one, 1024));
}

describe('the steps of the readers', () => {
  const steps = stepsOf(join(import.meta.dirname, '../../src/'), 'trials.ts');

  it('are counted', () => {
    expect(steps.size).toBeGreaterThan(150);
    expect([...steps].filter(([, counts]) => counts.some((count) => count === 0))).toEqual([]);
  });

  it('at most double with the text', () => {
    expect([...steps].filter(([, counts]) => !(perDoubling(counts) < mostPerDoubling))).toEqual([]);
  });

  it('grow with the text where it is read', () => {
    const growing = [...steps.values()].filter((counts) => perDoubling(counts) > 1.8);
    expect(growing.length).toBeGreaterThan(60);
  });
});

describe('the count of steps', () => {
  const steps = stepsOf(import.meta.dirname, 'quadratic.ts');

  it.each(['quadratic', 'quadratic by callbacks'])('shows what is %s', (reader) => {
    expect(perDoubling(steps.get(`${reader}: "…"`))).toBeGreaterThan(3.5);
  });

  it('shows what is linear', () => {
    const ratio = perDoubling(steps.get('linear: "…"'));
    expect(ratio).toBeGreaterThan(1.8);
    expect(ratio).toBeLessThan(mostPerDoubling);
  });
});
