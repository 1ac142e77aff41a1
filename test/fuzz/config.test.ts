import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderCheck } from '../../src/cli/render-check.ts';
import { cyrusOptionNames } from '../../src/config/cyrus-options.ts';
import { type Loaded, loadConfiguration } from '../../src/config/load.ts';
import { readConfiguration } from '../../src/config/reader.ts';
import { commonTable } from '../../src/config/table.ts';
import { methods, reader } from '../config/fixture.ts';
import { fuzzRuns } from './fuzz.ts';

const parameters = fuzzRuns(100);

function load(main: string, other: string): Loaded {
  const read = reader({ main, other });
  return loadConfiguration('main', { methods, read, environment: { hostname: 'mail.example.org' } });
}

/** What holds whatever is in the files. */
function expectSound(loaded: Loaded, texts: Readonly<Record<string, string>>): void {
  const { configuration, problems, inForce, files } = loaded;
  expect(configuration === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
  for (const { file, line } of problems) {
    expect(files).toContain(file);
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual((texts[file] ?? '').split('\n').length);
  }
  expect(new Set(inForce.map(({ option }) => option)).size).toBe(inForce.length);
  expect(renderCheck(loaded)).toMatch(/^Configuration main\n(?:.*\n)*.*(?:used|configuration)\.\n$/u);
  expect(renderCheck(loaded).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  if (!configuration) return;
  const names = [...configuration.notifiers, ...configuration.builtIns].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining([...configuration.defaultNotifiers, ...configuration.sieveNotifiers]));
  expect(configuration.defaultNotifiers.length).toBeGreaterThan(0);
  expect(configuration.sockets.length).toBeGreaterThan(0);
  for (const { dispatch } of configuration.notifiers) expect(dispatch.retryScheduleMs.length).toBeGreaterThan(0);
}

const option = fc.constantFrom(
  ...commonTable(methods).keys(),
  ...['a_method', 'a_events', 'a_event_groups', 'a_webhook_url', 'b_method', 'b_log_file', 'a', '@include', 'method'],
  ...cyrusOptionNames.slice(0, 20),
);
const word = fc.constantFrom(
  ...[
    'a',
    'b',
    'default',
    'log',
    'webhook',
    'external',
    'mailto',
    'none',
    'yes',
    '7',
    '-1',
    '0x10',
    '1d12h',
    '64K',
    '0660',
  ],
  ...['message', 'quota', 'flags', '\\Junk', '\\Seen', '\\Junk=', '"', '""', 'ALL', 'MessageNew', 'pass', 'other'],
  ...['{configdirectory}', '{configdirectory}/x', '/run/x', '@x', 'dlist:/x', 'https://u:p@h/', '%', '*', '\\', '#'],
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const prefix = fc.constantFrom('', '', '', 'belfry_', 'imap_', '  ', '\t', 'a_', '#');
const end = fc.constantFrom('\n', '\n', '\n', '\n', '\\\n', '\r\n', '\\ \n', '');
const line = fc.tuple(prefix, option, fc.constantFrom(': ', ': ', ':', '=', ' : ', ''), value, end);
const structured = fc.array(line, { maxLength: 12 }).map((lines) => lines.map((parts) => parts.join('')).join(''));
const noise = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...':\\\n\n# @"_-aZ0=\r\t\0{}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 120,
});

const samples = [
  readFileSync(new URL('../fixtures/config/debian-imapd.conf', import.meta.url), 'utf8'),
  readFileSync(new URL('../../config/belfry.conf', import.meta.url), 'utf8'),
];
/** A real file in which pieces are taken out, doubled, moved and replaced. */
const mutated = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 60 }), fc.oneof(noise, structured, fc.constant('')), fc.nat()), {
      maxLength: 5,
    }),
  )
  .map(([sample, edits]) =>
    edits.reduce((text, [at, length, insertion, from]) => {
      const start = at % (text.length + 1);
      const copied = text.slice(from % (text.length + 1)).slice(0, length);
      return text.slice(0, start) + insertion + copied + text.slice(start + length);
    }, sample),
  );

describe('whatever is in the file', () => {
  it.each([
    ['noise', noise],
    ['options with odd values', structured],
    ['real files with changes', mutated],
  ])('%s is loaded or explained', (_name, text) => {
    fc.assert(
      fc.property(text, fc.oneof(noise, structured), (main, other) => {
        expectSound(load(main, other), { main, other });
      }),
      parameters,
    );
  });
});

it('reads back what is written, however it is laid out', () => {
  const name = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
  const text = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/).filter((written) => !written.endsWith('\\'));
  const blank = fc.constantFrom('', ' ', '\t', ' \f\v');
  const entry = fc.record({
    name,
    value: text,
    before: fc.array(fc.constantFrom('', '# a: b', '  #', ' \t'), { maxLength: 2 }),
    shout: fc.boolean(),
    blanks: fc.tuple(blank, blank, blank),
    breaks: fc.array(fc.nat({ max: 30 }), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(entry, { selector: (one) => one.name, maxLength: 8 }), (entries) => {
      let content = '';
      const expected = entries.map(({ name: written, value: wanted, before, shout, blanks, breaks }) => {
        content += before.map((filler) => `${filler}\n`).join('');
        const at = content.split('\n').length;
        let whole = `${blanks[0]}${shout ? written.toUpperCase() : written}:${blanks[1]}${wanted}${blanks[2]}`;
        // From behind, so that no break falls into another.
        const positions = new Set(breaks.map((position) => position % (whole.length + 1)));
        for (const position of [...positions].sort((one, other) => other - one)) {
          whole = `${whole.slice(0, position)}\\\n${whole.slice(position)}`;
        }
        content += `${whole}\n`;
        return { name: written, value: wanted, file: 'main', line: at };
      });
      expect(readConfiguration('main', reader({ main: content })).settings).toEqual(expected);
    }),
    parameters,
  );
});
