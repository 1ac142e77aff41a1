import { expect, it } from 'vitest';
import { limitsOf } from '../../packaging/option-limits.ts';
import { docsOf, type Option, readValue } from '../../src/option/option.ts';
import * as kinds from '../../src/option/types.ts';

const docs = { description: 'For the test.' };

/** The value, or the words of the error. */
function read(option: Option, written: string): unknown {
  const result = readValue(option, written);
  return 'value' in result ? result.value : result.wrong;
}

it('keeps the documentation beside the check', () => {
  const option = kinds.words({ ...docs, default: 'a', example: 'b a' }, ['a', 'b']);
  expect(docsOf(option)).toEqual({ ...docs, default: 'a', example: 'b a', kind: 'words' });
  expect(limitsOf(option)).toEqual({ words: ['a', 'b'] });
  expect(limitsOf(kinds.choice(docs, ['a', 'b']))).toEqual({ words: ['a', 'b'] });
  expect(limitsOf(kinds.text(docs))).toEqual({});
  expect(limitsOf(kinds.integer(docs, { min: 1 }))).toEqual({ min: 1 });
  expect(limitsOf(kinds.durations(docs, { min: 1000, max: 60_000 }))).toEqual({ min: 1000, max: 60_000 });
});

it('reads text and paths as they are', () => {
  expect(read(kinds.text(docs), '# x "y"')).toBe('# x "y"');
  expect(read(kinds.path(docs), '/a b')).toBe('/a b');
  expect(read(kinds.path(docs), 'a\0b')).toMatch(/NUL/);
});

it('reads switches', () => {
  for (const written of ['1', 'y', 'yes', 't', 'TRUE', 'on']) expect(read(kinds.toggle(docs), written)).toBe(true);
  for (const written of ['0', 'n', 'No', 'f', 'false', 'off']) expect(read(kinds.toggle(docs), written)).toBe(false);
  expect(read(kinds.toggle(docs), 'yep')).toMatch(/^"yep" .* yes .*no/);
});

it('reads numbers with their bounds', () => {
  expect(read(kinds.integer(docs, { max: 9 }), '9')).toBe(9);
  expect(read(kinds.integer(docs, { max: 9 }), '10')).toMatch(/^10 .*0 to 9$/);
  expect(read(kinds.duration(docs, { min: 1000 }), '1m')).toBe(60_000);
  expect(read(kinds.duration(docs, { min: 1000 }), '0s')).toMatch(/1s/);
  expect(read(kinds.durations(docs), '5s  1m')).toEqual([5000, 60_000]);
  expect(read(kinds.durations(docs, { min: 1000 }), '5s 0s')).toMatch(/^"0s" .*1s/);
  expect(read(kinds.size(docs, { max: 2048 }), '2K')).toBe(2048);
  expect(read(kinds.mode(docs), '0640')).toBe(0o640);
});

it('reads words, patterns, choices and maps', () => {
  expect(read(kinds.words(docs), 'b a b')).toEqual(['b', 'a', 'b']);
  expect(read(kinds.words(docs, ['message', 'flags']), 'FLAGS message')).toEqual(['flags', 'message']);
  expect(read(kinds.words(docs, ['message', 'flags']), 'message flag')).toMatch(
    /^"flag" .*: message flags .* flags\?\)$/,
  );
  expect(read(kinds.patterns(docs), 'INBOX "a b"')).toEqual(['INBOX', 'a b']);
  expect(read(kinds.choice(docs, ['pass', 'reject']), 'Pass')).toBe('pass');
  expect(read(kinds.choice(docs, ['pass', 'reject']), 'drop')).toMatch(/^"drop" .*: pass reject$/);
  expect(read(kinds.map(docs), '\\Junk=Spam')).toEqual(new Map([['\\Junk', ['Spam']]]));
});

it('reads http URLs, and never repeats one', () => {
  expect(read(kinds.url(docs), 'https://u:p@h/x')).toEqual(new URL('https://u:p@h/x'));
  expect(read(kinds.url(docs), 'hush/x')).toMatch(/URL.* https:\/\/host\/path$/);
  expect(read(kinds.url(docs), 'http://hush:99999/')).toMatch(/port 99999 .*65535$/);
  expect(read(kinds.url(docs), 'http:///')).toMatch(/host .*http:\/\/$/);
  expect(read(kinds.url(docs), 'http://hush@[x/')).toMatch(/ first slash /);
  expect(read(kinds.url(docs), 'http://hush x/')).toMatch(/white space/);
  expect(read(kinds.url(docs), 'ftp://hush/')).toMatch(/ftp: .*http: or https:$/);
});

it('reads a program with arguments', () => {
  expect(read(kinds.command(docs), '/bin/x -a  "b c"')).toEqual(['/bin/x', '-a', '"b', 'c"']);
  expect(read(kinds.command(docs), 'x')).toMatch(/^"x" .*absolute path/);
});

it('says which habit of other files a wrong value comes from', () => {
  const variable = ['$', '{CRM}'].join('');
  for (const written of [variable, `https://${variable}/x`, 'https://$HOST/']) {
    expect(read(kinds.url(docs), written)).toMatch(/variables/);
  }
  expect(read(kinds.url(docs), '"https://h/"')).toMatch(/quotes/);
  expect(read(kinds.choice(docs, ['a', 'b']), "'a'")).toMatch(/quotes/);
  for (const option of [kinds.duration(docs), kinds.size(docs), kinds.words(docs), kinds.words(docs, ['1d'])]) {
    expect(read(option, '1d # a day')).toMatch(/comment/);
  }
  expect(read(kinds.durations(docs), '5s, 30s')).toMatch(/commas/);
  expect(read(kinds.words(docs, ['a', 'b']), 'a, b')).toMatch(/commas/);
  expect(read(kinds.words(docs), '#a b')).toEqual(['#a', 'b']);
});

it('reads where in the log a notifier begins, with the days of the calendar', () => {
  const { startingPoint } = kinds;
  expect(read(startingPoint(docs), 'End')).toBe('end');
  expect(read(startingPoint(docs), '2028-02-29T10:00:00+02:00')).toBe(Date.UTC(2028, 1, 29, 8));
  for (const written of ['2026-02-30T10:00:00Z', '2026-02-29T10:00Z', '2026-04-31T10:00Z', '2026-02-28T10:00']) {
    expect(read(startingPoint(docs), written)).toMatch(/end .*beginning .*time/);
  }
});
