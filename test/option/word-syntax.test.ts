import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeMap, oneOf, patterns, splitWords } from '../../src/option/word-syntax.ts';
import { readAs } from './read-as.ts';

const parseWord = (written: string, allowed: readonly string[]) => readAs(oneOf(allowed), written);
const splitPatterns = (written: string) => readAs(patterns, written);
const parseAttributeMap = (written: string) => readAs(attributeMap, written);

it('splits words at white space', () => {
  expect(splitWords(' a\tb \v c\n')).toEqual(['a', 'b', 'c']);
  expect(splitWords(' ')).toEqual([]);
});

it('finds the word that is meant, or names the nearest', () => {
  expect(parseWord('MAILBOX', ['message', 'mailbox'])).toEqual({ value: 'mailbox' });
  expect(parseWord('mesage', ['message', 'mailbox'])).toEqual({
    wrong: expect.stringMatching(/^"mesage" .*: message mailbox .* message\?\)$/),
  });
  expect(parseWord('x', ['message', 'mailbox'])).toEqual({ wrong: expect.stringMatching(/^"x" .*: message mailbox$/) });
  const many = Array.from({ length: 30 }, (_, index) => `parameter${index}`);
  expect(parseWord('parameter', many)).toEqual({
    wrong: expect.stringMatching(/^"parameter" .* 30 .* parameter0, parameter1, parameter2\? .*belfry\.conf\(5\)$/),
  });
  expect(parseWord('x', many)).toEqual({
    wrong: expect.stringMatching(/^"x" .* 30 .*belfry\.conf\(5\)$/),
  });
});

describe('patterns', () => {
  it('may hold white space in double quotes', () => {
    expect(splitPatterns('a "b c"\t"d" e"f g"h')).toEqual({ value: ['a', 'b c', 'd', 'ef gh'] });
  });

  it('must be quoted to the end, and not be empty', () => {
    expect(splitPatterns('a "b c')).toEqual({ wrong: expect.stringContaining('not closed') });
    expect(splitPatterns('a ""')).toEqual({ wrong: expect.stringContaining('nothing between') });
  });

  it('come out as they were quoted', () => {
    const pattern = fc.string({ minLength: 1 }).filter((text) => !text.includes('"'));
    fc.assert(
      fc.property(fc.array(pattern), (value) => {
        expect(splitPatterns(value.map((text) => `"${text}"`).join(' '))).toEqual({ value });
      }),
    );
  });
});

describe('maps of attributes', () => {
  const entries = (written: string) => {
    const parsed = parseAttributeMap(written);
    return 'value' in parsed ? [...parsed.value] : parsed.wrong;
  };

  it('give what follows an attribute to it', () => {
    expect(entries('\\Junk=user.*.Junk Spam \\Sent="Sent Items" a=b \\Trash= Bin')).toEqual([
      ['\\Junk', ['user.*.Junk', 'Spam']],
      ['\\Sent', ['Sent Items', 'a=b']],
      ['\\Trash', ['Bin']],
    ]);
  });

  it('join what is said of one attribute in several places, whatever its case', () => {
    expect(entries('\\Junk=a \\Sent=b \\JUNK=c')).toEqual([
      ['\\Junk', ['a', 'c']],
      ['\\Sent', ['b']],
    ]);
  });

  it('say what is wrong', () => {
    expect(entries('Spam \\Junk=a')).toMatch(/^"Spam" .*\\Junk=Spam$/);
    expect(entries('\\Junk= \\Sent=a')).toMatch(/^\\Junk .*\\Junk=user\.\*\.Name$/);
    expect(entries('\\Ju(nk=a')).toMatch(/attribute/);
    expect(entries('\\Junk="a')).toMatch(/not closed/);
  });
});
