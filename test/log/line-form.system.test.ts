import { spawnSync } from 'node:child_process';
import { fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formFor, journalForm, jsonForm, textForm } from '../../src/log/line-form.ts';
import { scratchDirectory } from '../os/scratch.ts';

const directory = scratchDirectory();
const line = (fields: object): string =>
  `${JSON.stringify({ level: 'warn', time: '2026-11-21T10:28:53.345Z', ...fields })}\n`;
/** What a terminal may obey, or what ends a line. */
const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\n',
      '\r',
      '\u001b',
      '\u009b',
      '\u007f',
      '\u2028',
      '\u202e',
      '\u200b',
      '\ud800',
      '"',
      '\\',
      '<3>',
      'ü',
    ),
    fc.string({ maxLength: 1, unit: 'binary' }),
  ),
});

describe('a line of the log', () => {
  it('is the same JSON, without anything that a terminal obeys', () => {
    fc.assert(
      fc.property(nasty, nasty, (msg, user) => {
        const shaped = jsonForm.shape(line({ user, msg }));
        expect(shaped.endsWith('\n')).toBe(true);
        expect(shaped.slice(0, -1)).not.toMatch(steering);
        expect(JSON.parse(shaped)).toEqual(JSON.parse(line({ user, msg })));
      }),
      { numRuns: 300 },
    );
  });

  it('is one line of text, in which only our own colours steer a terminal', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, fc.boolean(), (msg, user, name, colour) => {
        const shaped = textForm(colour).shape(line({ [`x${name}`]: user, list: [user], of: { user }, msg }));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are our own colours
        const plain = shaped.slice(0, -1).replace(/\u001b\[(?:0|2|31|33|36|1;31)m/g, '');
        expect(plain).not.toMatch(steering);
      }),
      { numRuns: 300 },
    );
    expect(textForm(false).shape('a line of another \u001b[2Jform\n')).toBe('a line of another \\u{1b}[2Jform\n');
  });

  it('reads well', () => {
    const text = textForm(false).shape(
      line({ notifier: 'crm', user: 'john', reason: 'HTTP 503: try again', durationMs: 12, msg: 'not delivered' }),
    );
    expect(text.replace(/^\d\d:\d\d:\d\d/, 'TIME')).toBe(
      'TIME.345 WARN  not delivered notifier=crm user=john reason="HTTP 503: try again" durationMs=12\n',
    );
    expect(textForm(true).shape(line({ msg: 'x' }))).toContain('\u001b[33mWARN \u001b[0m x');
  });

  it.each([
    ['trace', 7],
    ['debug', 7],
    ['info', 6],
    ['warn', 4],
    ['error', 3],
    ['fatal', 2],
  ])('of level %s has priority %i in the journal, each of several', (level, priority) => {
    const text = `{"level":"${level}","msg":"a"}\n`;
    expect(journalForm.shape(text + text)).toBe(`<${priority}>${text}<${priority}>${text}`);
  });

  it('of another form has the priority of information', () => {
    expect(journalForm.shape('EVENT, , john\n')).toBe('<6>EVENT, , john\n');
  });
});

describe('the form for a descriptor', () => {
  const descriptor = openSync(join(directory, 'log'), 'w');
  const { dev, ino } = fstatSync(descriptor, { bigint: true });

  it('is that of the journal exactly where the journal reads this descriptor', () => {
    for (const wanted of [undefined, 'json', 'text'] as const) {
      expect(formFor(descriptor, wanted, { JOURNAL_STREAM: `${dev}:${ino}` })).toBe(journalForm);
    }
    for (const other of [`${dev}:${ino + 1n}`, `${dev + 1n}:${ino}`, '', 'x', `${dev}:${ino}:1`]) {
      expect(formFor(descriptor, undefined, { JOURNAL_STREAM: other })).toBe(jsonForm);
    }
  });

  it('is JSON where no terminal is, and what was asked for', () => {
    expect(formFor(descriptor, undefined, {})).toBe(jsonForm);
    expect(formFor(descriptor, 'json', {})).toBe(jsonForm);
    expect(formFor(descriptor, 'text', {}).isText).toBe(true);
    expect(formFor(descriptor, 'text', {}).shape(line({ msg: 'x' }))).not.toContain('\u001b');
  });

  it('is text on a terminal, with colours unless NO_COLOR is set', () => {
    const main = join(import.meta.dirname, 'line-form.main.ts');
    const onTerminal = (environment: NodeJS.ProcessEnv): string => {
      const words = [process.execPath, '--import', 'tsx', main].map((word) => `'${word}'`).join(' ');
      const { NO_COLOR: _, ...others } = process.env;
      return spawnSync('script', ['-qec', words, '/dev/null'], {
        encoding: 'utf8',
        env: { ...others, TERM: 'xterm', ...environment },
        input: '',
      }).stdout;
    };
    expect(onTerminal({})).toContain('\u001b[36mINFO \u001b[0m hello');
    const plain = onTerminal({ NO_COLOR: '1' });
    expect(plain).toContain('INFO  hello');
    expect(plain).not.toContain('\u001b');
  });
});

describe('what others write', () => {
  it('to standard output and standard error, and the warnings of Node, are lines of the log', () => {
    const main = join(import.meta.dirname, 'capture-output.main.ts');
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', main], { encoding: 'utf8' });
    const lines: readonly unknown[] = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(lines).toMatchObject([
      { level: 'warn', source: 'stderr', msg: 'a library complains' },
      { level: 'warn', source: 'stderr', msg: 'in two lines' },
      { level: 'info', source: 'stdout', msg: 'a library talks' },
      { level: 'warn', source: 'stderr', msg: 'in two pieces' },
      { level: 'warn', source: 'DeprecationWarning', code: 'DEP0', msg: 'this is old' },
      { level: 'warn', source: 'stderr', msg: 'from a thread' },
    ]);
    expect(stderr).toBe('said all the same\n');
  });
});
