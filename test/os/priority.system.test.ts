import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** In a process of its own, because a priority is never given back. Prints the nice values of all its threads. */
function niceOfThreads(script: string): { readonly main: number; readonly others: readonly number[] } {
  const module = JSON.stringify(join(import.meta.dirname, '../../src/os/priority.ts'));
  const text = `
    import { readdirSync, readFileSync } from 'node:fs';
    import { giveWay } from ${module};
    ${script}
    const nice = (task) => {
      const stat = readFileSync('/proc/self/task/' + task + '/stat', 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    };
    const tasks = readdirSync('/proc/self/task');
    const main = String(process.pid);
    console.log(JSON.stringify({ main: nice(main), others: tasks.filter((task) => task !== main).map(nice) }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', text], {
    encoding: 'utf8',
    cwd: join(import.meta.dirname, '../..'),
  });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`the process said: ${stdout}${stderr}`);
  }
}

describe('giving way', () => {
  it('is the calling thread’s alone', () => {
    const { main, others } = niceOfThreads('giveWay(7);');
    expect(main).toBe(7);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((nice) => nice >= 7)).toEqual([]);
  });

  it('never asks for a higher priority than there is', () => {
    expect(niceOfThreads('giveWay(7); if (giveWay(3) !== undefined) throw new Error("refused");').main).toBe(7);
  });
});
