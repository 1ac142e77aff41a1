/** The documents that are made from the code: manual pages that render without a warning, and completion as bash does it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documents } from '../../packaging/documents.ts';
import { errorCodes } from '../../src/base/error.ts';
import { commandLine } from '../../src/cli/command-line.ts';
import { globalOptions } from '../../src/config/global-options.ts';
import { methods } from '../../src/notifier/table.ts';
import { docsOf } from '../../src/option/option.ts';

let directory: string;
let made: Readonly<Record<string, string>>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'belfry-documents-'));
  made = await documents('2026-11-21');
  for (const [name, text] of Object.entries(made)) writeFileSync(join(directory, name), text);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const present = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

/** Without the escapes of roff. */
const plain = (roff = ''): string => roff.replaceAll(/\\f[BRI]/g, '').replaceAll('\\-', '-');

describe('the manual pages', () => {
  it('tell of every command and flag', async () => {
    const text = plain(made['belfry.8']);
    const program = await commandLine({ out() {}, err() {}, exit() {} });
    for (const command of program.commands) {
      expect(text).toContain(`.SS "belfry ${command.name()}"`);
      for (const { flags } of command.options) expect(text).toContain(flags);
    }
  });

  it('tell of every option and exit status', () => {
    const text = plain(made['belfry.conf.5']);
    for (const [name, option] of Object.entries(globalOptions)) {
      expect(text.includes(`.TP\n${name} (`), name).toBe(!docsOf(option).hidden);
    }
    for (const { name, options } of methods) {
      for (const option of Object.keys(options)) expect(text).toContain(`.TP\n${name}_${option} (`);
    }
    for (const { exit } of Object.values(errorCodes)) expect(plain(made['belfry.8'])).toContain(`.TP\n${exit}\n`);
  });

  for (const page of ['belfry.8', 'belfry.conf.5']) {
    it.skipIf(!present('groff'))(`groff, where it is installed, has no warning for ${page}`, () => {
      const { status, stderr } = spawnSync('groff', [
        '-ww',
        '-man',
        '-Tutf8',
        '-K',
        'utf8',
        '-z',
        join(directory, page),
      ]);
      expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
    });

    it.skipIf(spawnSync('mandoc', ['-T', 'lint', '/dev/null']).error !== undefined)(
      `mandoc, where it is installed, neither for ${page}`,
      () => {
        const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', join(directory, page)]);
        expect(stdout.toString()).toBe('');
      },
    );
  }
});

describe('completion in bash', () => {
  /** What bash offers for the last word of the line. */
  function offered(...words: readonly string[]): readonly string[] {
    const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _belfry; printf "%s\\n" "\${COMPREPLY[@]}"; complete -p belfry >/dev/null`;
    const run = spawnSync('bash', ['--norc', '-c', script, join(directory, 'belfry.bash'), 'belfry', ...words], {
      encoding: 'utf8',
      cwd: directory,
    });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    return run.stdout.split('\n').filter((word) => word !== '');
  }

  it('offers the commands, and those of a command', () => {
    expect(offered('')).toContain('replay');
    expect(offered('s')).toEqual(['serve', 'send', 'status']);
    expect(offered('dead', 'sh')).toEqual(['show']);
    expect(offered('queue', '--json', '')).toEqual(['list', 'show', 'retry', 'drop', 'pause', 'resume']);
  });

  it('offers the flags of the command, and those of serve without one', () => {
    expect(offered('queue', '--a')).toEqual(['--audit']);
    expect(offered('queue', 'drop', '--a')).toEqual(['--all']);
    expect(offered('--hi')).toEqual(['--hint']);
    expect(offered('check', '--all')).toEqual([]);
  });

  it('offers files, types of events, and the notifiers of the configuration that the line names', () => {
    const conf = join(directory, 'mine.conf');
    writeFileSync(conf, 'configdirectory: /x\nnotifiers: audit crm\ncrm_method: null\n');
    expect(offered('check', '-C', 'mine')).toEqual(['mine.conf']);
    expect(offered('events', 'MessageN')).toEqual(['MessageNew']);
    expect(offered('dead', 'list', '-e', 'Quota')).toEqual(['QuotaChange', 'QuotaExceed', 'QuotaWithin']);
    expect(offered('queue', 'list', '-C', conf, '-n', 'c')).toEqual(['crm']);
    expect(offered('queue', 'list', '-C', conf, '-n', '')).toEqual(['audit', 'crm', 'unusable']);
    expect(offered('-C', conf, '-m', '')).toEqual(['audit', 'crm', ...methods.map(({ name }) => name)]);
  });

  it('offers nothing for a value that is free, and takes none for a command', () => {
    expect(offered('queue', 'list', '-u', '')).toEqual([]);
    expect(offered('queue', 'list', '-u', 'dead', '--o')).toEqual(['--older']);
  });
});
