import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/config/reader.ts';
import { factsOfProblems, reader } from './fixture.ts';

function read(text: string, others: Readonly<Record<string, string>> = {}) {
  return readConfiguration('main.conf', reader({ 'main.conf': text, ...others }));
}

function settings(text: string): readonly string[] {
  return read(text).settings.map(({ name, value, line }) => `${line} ${name}=${value}`);
}

function problems(text: string, others: Readonly<Record<string, string>> = {}): readonly string[] {
  return factsOfProblems(read(text, others).problems);
}

describe('the syntax of imapd.conf', () => {
  it('takes one option from a line, without the white space around the value', () => {
    expect(settings('a: b\n\tc:d e  \nf-9_G:   h  # i\n')).toEqual(['1 a=b', '2 c=d e', '3 f-9_g=h  # i']);
  });

  it('skips comments and empty lines', () => {
    expect(settings('# a: b\n\n   # c: d\n \t\ne: f')).toEqual(['5 e=f']);
  });

  it('folds the name and leaves the value as it is', () => {
    expect(settings('NotifySocket: /Run/Notify\n')).toEqual(['1 notifysocket=/Run/Notify']);
  });

  it('goes on in the next line after a backslash, and counts lines as an editor does', () => {
    expect(settings('a: b\\\n  c\\\n\nd: e\nna\\\nme: f\n')).toEqual(['1 a=b  c', '4 d=e', '5 name=f']);
  });

  it('looks for the backslash at the end of all that it has of the line, as Cyrus does', () => {
    expect(settings('a: b\\\\\n\nc\n')).toEqual(['1 a=bc']);
    expect(settings('a: \\\\\\\n\n\nb: c\n')).toEqual(['1 a=b: c']);
    expect(settings('a: b\\\\\nc\n')).toEqual(['1 a=b\\c']);
  });

  it('takes a backslash that is not the very last byte of a line as text, and warns', () => {
    expect(settings('a: b\\ \nc: d\\\r\ne: f\\')).toEqual(['1 a=b\\', '2 c=d\\', '3 e=f\\']);
    expect(problems('a: b\\ \nc: d\n')).toEqual(['1: warning: a:']);
  });

  it('accepts the line ends of Windows and a byte order mark', () => {
    expect(settings('\uFEFFa: b\r\nc: d\r\n')).toEqual(['1 a=b', '2 c=d']);
  });

  it('trims only what isspace(3) calls white space', () => {
    expect(settings('a:\v\f\t x\u00a0 \n')).toEqual(['1 a=x\u00a0']);
  });

  it('drops a line that the end of the file cuts off, and warns', () => {
    expect(settings('a: b\nc: d\\\n')).toEqual(['1 a=b']);
    expect(problems('a: b\nc: d\\\n')).toEqual(['2: warning:']);
  });

  it('warns of an option that a comment has swallowed', () => {
    expect(settings('# why \\\nevent_groups: message\nb: c\n')).toEqual(['3 b=c']);
    expect(problems('# why \\\nevent_groups: message\nb: c\n')).toEqual(['2: warning: event_groups: 1']);
  });
});

describe('mistakes', () => {
  it('collects all of them and reads what is right', () => {
    const text = ['a: 1', 'b 2', 'c = 3', 'd : 4', 'e:', ': 6', 'f%: 7', '@import: 8', 'a: 9', 'g: 10'].join('\n');
    expect(settings(text)).toEqual(['1 a=1', '10 g=10']);
    expect(problems(text)).toEqual([
      '2: error: "b …" "name: value"',
      '3: error: "c …" "=" ":" "c: VALUE"',
      '4: error: "d …" ":" "d: VALUE"',
      '5: error: e:',
      '6: error: ": …" ":"',
      '7: error: "f%: …" ":"',
      '8: error: @import: @include FILE',
      '9: error: a: main.conf:1',
    ]);
  });

  it('does not repeat what may be a secret', () => {
    expect(problems('crm_webhook_secret = hush\ncrm_webhook_secret hush\n').join()).not.toContain('hush');
  });

  it('refuses a name that is too long and a file that is not text', () => {
    expect(problems(`${'a'.repeat(201)}: b\n`)[0]).toMatch(/^1: error: "a{40} …" 201 /);
    expect(problems('a: b\nc\0: d\n')).toEqual(['2: error: NUL']);
  });

  it('makes what it prints safe for a terminal', () => {
    expect(problems('\u001b[2J\u202e\n')[0]).toContain('"\\u{1b}[2J\\u{202e}"');
  });

  it('bounds the number of options and of problems', () => {
    const many = Array.from({ length: 10_001 }, (_, index) => `o${index}: x\n`).join('');
    expect(problems(many)).toEqual(['10001: error: o10000: 10000']);
    const wrong = read('?\n'.repeat(5000)).problems;
    expect(wrong).toHaveLength(1001);
    expect(wrong.at(-1)?.message).toContain('1000');
  });
});

describe('@include', () => {
  it('reads the other file at its place, and knows where each option stands', () => {
    const { files, settings: read1 } = read('a: 1\n@Include:  sub/x.conf \nc: 3\n', { 'sub/x.conf': '\nb: 2\n' });
    expect(files).toEqual(['main.conf', 'sub/x.conf']);
    expect(read1).toEqual([
      { name: 'a', value: '1', file: 'main.conf', line: 1 },
      { name: 'b', value: '2', file: 'sub/x.conf', line: 2 },
      { name: 'c', value: '3', file: 'main.conf', line: 3 },
    ]);
  });

  it('refuses a file that is already included, however its path is written', () => {
    const text = '@include: x.conf\n@include: ./x.conf\n@include: sub/../main.conf\n';
    expect(problems(text, { 'x.conf': 'a: 1\n' })).toEqual([
      '2: error: @include: ./x.conf',
      '3: error: @include: sub/../main.conf',
    ]);
  });

  it('refuses an option that another file has given, and says where', () => {
    expect(problems('@include: x.conf\na: 2\n', { 'x.conf': '\na: 1\n' })).toEqual(['2: error: a: x.conf:2']);
  });

  it('names the including line when a file is missing, and goes on', () => {
    const { settings: found, problems: wrong } = read('a: 1\n@include: gone.conf\n@include: /gone.conf\nb: 2\n');
    expect(found.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(factsOfProblems(wrong)).toEqual([
      `2: error: @include: gone.conf ${process.cwd()}/gone.conf`,
      '3: error: @include: /gone.conf',
    ]);
  });

  it('ends a chain that is too deep and one that is too wide', () => {
    const deep = readConfiguration('0', (path) => `@include: ${Number(path) + 1}\n`);
    expect(deep.files).toHaveLength(16);
    expect(factsOfProblems(deep.problems)).toEqual(['1: error: @include: 16']);
    const wide = readConfiguration('main', (path) =>
      path === 'main' ? Array.from({ length: 70 }, (_, index) => `@include: ${index}\n`).join('') : '',
    );
    expect(wide.files).toHaveLength(64);
    expect(wide.problems).toHaveLength(7);
  });
});

it('throws NO_INPUT when the file itself cannot be read', () => {
  expect(() => readConfiguration('gone.conf', reader({}))).toThrow(
    expect.objectContaining({
      code: 'NO_INPUT',
      message: expect.stringContaining(' gone.conf: '),
    }),
  );
});
