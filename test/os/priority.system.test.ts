import { spawnSync } from 'node:child_process';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** In a process of its own, because a priority is never given back. Prints the nice values of all its threads. */
function niceOfThreads(script: string): { readonly main: number; readonly others: readonly number[] } {
  const module = JSON.stringify(join(import.meta.dirname, '../../src/os/priority.ts'));
  const text = `
    import { readdirSync, readFileSync } from 'node:fs';
    import { lowerEngineThreads, lowerPriority } from ${module};
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

/** These tests may run under nice(1) themselves; nothing gives way to less than 19. */
const [own, lowest] = [getPriority(), 19];
const lower = Math.min(own + 7, lowest);

describe('giving way', () => {
  it.skipIf(own === lowest)('is the calling thread’s alone (skipped where there is no lower priority)', () => {
    const { main, others } = niceOfThreads(`lowerPriority(${lower});`);
    expect(main).toBe(lower);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((nice) => nice >= lower)).toEqual([]);
  });

  it.skipIf(own === lowest)(
    'is for those threads as well that were there at the start (skipped where there is no lower priority)',
    () => {
      const { main, others } = niceOfThreads(`
      const engine = readdirSync('/proc/self/task').filter((task) => task !== String(process.pid)).slice(0, 2);
      process.env.BELFRY_ENGINE_THREADS = [process.pid, ...engine].join(' ');
      lowerEngineThreads(${lower});
      if ('BELFRY_ENGINE_THREADS' in process.env) throw new Error('programs would get it');`);
      expect(main).toBe(own);
      expect(others.filter((nice) => nice === lower)).toHaveLength(2);
    },
  );

  it('never asks for a higher priority than there is', () => {
    const script = `lowerPriority(${lower}); if (lowerPriority(${lower - 3}) !== undefined) throw new Error("refused");`;
    expect(niceOfThreads(script).main).toBe(lower);
  });
});
