/** The kinds of tests (vitest.config.ts, docs/contributing.md): what a unit test may not do fails, wherever it is done. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../src/notifier/program/run-program.ts';
import { takeRefused } from './unit.setup.ts';

describe('a unit test', () => {
  const refusal = /kinds\.test\.ts calls .*: a test file that does this is named \*\.system\.test\.ts/;

  it('starts no process, neither by itself nor through the code that it tries', async () => {
    expect(() => spawnSync('true')).toThrow(refusal);
    const program = { argv: ['/bin/true'], environment: {}, input: '' } as const;
    expect(await runProgram(program, new AbortController().signal, new Set())).toMatchObject({ how: 'not started' });
    expect(takeRefused()).toEqual([expect.stringMatching(refusal), expect.stringMatching(refusal)]);
  });

  it('starts no thread', () => {
    expect(() => new Worker('process.exit()', { eval: true })).toThrow(refusal);
    expect(takeRefused()).toHaveLength(1);
  });
});

/** Measurements go by time. */
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !/^bench\//.test(name),
);

/** What lets a fixed time pass, and is not a limit that something has. */
const passesTime = /\bsleep\((?!\))|(?<!\.)\bsetTimeout\(/;

describe('a test that waits', () => {
  it('waits for a state: where it lets time pass, a comment `By time:` before it says why', () => {
    const unexplained = files.flatMap((name) => {
      const lines = readFileSync(join(import.meta.dirname, name), 'utf8').split('\n');
      return lines.flatMap((line, index) => {
        if (!passesTime.test(line) || /^\s*(?:\/\/|\*|\/\*)/.test(line)) return [];
        return /\/\/ By time: /.test(lines.slice(Math.max(0, index - 3), index).join('\n'))
          ? []
          : [`${name}:${index + 1}`];
      });
    });
    expect(unexplained).toEqual([]);
  });
});
