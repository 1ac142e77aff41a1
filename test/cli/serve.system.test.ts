/** What a start says that fails: lines of the log for programs, the words of the other commands for people. */
import { spawnSync } from 'node:child_process';
import { fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchDirectory } from '../os/scratch.ts';
import { belfryProgram } from '../support/built.ts';

const directory = scratchDirectory();
const broken = join(directory, 'broken.conf');
writeFileSync(broken, 'notifysocket_mode: 9\nno_such_option: \u009b\n');

const linesOf = (text: string): readonly unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a start that fails', () => {
  it.each([
    ['a configuration that is not there', join(directory, 'nowhere'), 66, 'NO_INPUT', 0],
    ['mistakes in the configuration', broken, 78, 'CONFIGURATION', 2],
  ])('because of %s says so in lines of JSON', (_, file, status, code, problems) => {
    const ended = spawnSync(process.execPath, [...belfryProgram, 'serve', '-C', file], {
      encoding: 'utf8',
      timeout: 50_000,
    });
    const lines = linesOf(ended.stderr);
    expect(ended.status).toBe(status);
    expect(lines.at(-1)).toMatchObject({ level: 'fatal', code, exitStatus: status });
    expect(lines.filter((line) => JSON.stringify(line).includes('"problem"'))).toHaveLength(problems);
    if (ended.stdout !== '') linesOf(ended.stdout);
  });

  it('has the priority of the journal when that reads it', () => {
    const file = join(directory, 'journal');
    const descriptor = openSync(file, 'w');
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    spawnSync(process.execPath, [...belfryProgram, 'serve', '-C', broken], {
      stdio: ['ignore', descriptor, descriptor],
      env: { ...process.env, JOURNAL_STREAM: `${dev}:${ino}` },
    });
    const priorities = readFileSync(file, 'utf8').match(/^<\d>(?=\{)/gm);
    expect(priorities?.sort()).toEqual(['<2>', '<3>', '<4>']);
  });

  it('is told in words with --output text, without what steers a terminal', () => {
    const { stderr } = spawnSync(process.execPath, [...belfryProgram, 'serve', '--output', 'text', '-C', broken], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^belfry: .* \[CONFIGURATION\]$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});
