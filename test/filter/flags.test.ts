import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailEvent } from '../../src/base/event.ts';
import { compileExcludedFlags } from '../../src/filter/flags.ts';
import type { RuleOutcome } from '../../src/filter/rule.ts';
import { cyrusEvent, cyrusEvents } from './samples.ts';

const filter = (excluded: readonly string[], event: MailEvent): RuleOutcome =>
  compileExcludedFlags(excluded)?.(event, event.event, undefined, 'http');

describe('event_exclude_flags', () => {
  it('is no rule when it names no flag', () => {
    expect(compileExcludedFlags([])).toBeUndefined();
  });

  it.each([
    ['FlagsSet', '\\Seen \\Flagged', ['\\Seen'], '\\Flagged'],
    ['FlagsClear', '\\Seen \\Flagged', ['\\seen'], '\\Flagged'],
    ['FlagsSet', '\\Answered $Work \\Draft', ['$work', '\\DRAFT'], '\\Answered'],
    ['FlagsSet', '\\Flagged  \\Seen', ['\\Seen'], '\\Flagged'],
    ['FlagsSet', 'NonJunk Junk NonJunk', ['Junk'], 'NonJunk NonJunk'],
  ])('%s %s without %j has %s left', (type, flagNames, excluded, left) => {
    const outcome = filter(excluded, { ...cyrusEvent(type), flagNames });
    expect(outcome).toMatchObject({
      event: { ...cyrusEvent(type), flagNames: left },
      change: { option: 'event_exclude_flags' },
    });
  });

  it.each([
    ['FlagsSet', '\\Seen', ['\\Seen']],
    ['FlagsClear', '\\Seen', ['\\SEEN']],
    ['FlagsClear', '\\Seen $a', ['$A', '\\Seen', '$b']],
  ])('holds %s %s back when %j is excluded', (type, flagNames, excluded) => {
    expect(filter(excluded, { ...cyrusEvent(type), flagNames })).toEqual({
      reason: { option: 'event_exclude_flags', detail: expect.stringMatching(/\\Seen/i) },
    });
  });

  it.each([
    ['MessageRead', '\\Seen', true],
    ['MessageRead', '\\sEEN', true],
    ['MessageRead', '\\Deleted', false],
    ['MessageTrash', '\\Deleted', true],
    ['MessageTrash', '\\Seen', false],
  ])('of %s and %s holds the event back: %s', (type, flag, held) => {
    const outcome = filter([flag], cyrusEvent(type));
    expect(outcome !== undefined && 'reason' in outcome).toBe(held);
  });

  it('quotes the flags that it speaks of, which the mail user chose', () => {
    const outcome = filter(['\\Seen', '$\u001b[2J'], { event: 'FlagsSet', flagNames: '$\u001b[2J \\Flagged' });
    expect(outcome).toMatchObject({ change: { detail: String.raw`flagNames without "$\u001b[2J"` } });
  });

  it('does not touch the flags that a message arrives with', () => {
    const event = { ...cyrusEvent('MessageNew'), flagNames: '\\Seen' };
    expect(filter(['\\Seen'], event)).toBeUndefined();
  });

  it('leaves alone what is no list of flags', () => {
    for (const flagNames of ['', 7, null, ['\\Seen']]) {
      expect(filter(['\\Seen'], { event: 'FlagsSet', flagNames })).toBeUndefined();
    }
    expect(filter(['\\Seen'], { event: 'constructor' })).toBeUndefined();
  });

  it('never lets an excluded flag through, keeps every other one in its order, and has done its work after once', () => {
    const flag = fc.constantFrom('\\Seen', '\\SEEN', '\\Deleted', '\\Flagged', '$Work', '$work', 'Junk', 'NonJunk');
    fc.assert(
      fc.property(
        fc.array(flag, { minLength: 1 }),
        fc.array(flag, { minLength: 1 }),
        fc.constantFrom('FlagsSet', 'FlagsClear'),
        (names, excluded, type) => {
          const isExcluded = (name: string) => excluded.some((one) => one.toLowerCase() === name.toLowerCase());
          const left = names.filter((name) => !isExcluded(name));
          const event = { event: type, flagNames: names.join(' ') };
          const outcome = filter(excluded, event);
          if (left.length === 0) {
            expect(outcome).toHaveProperty('reason');
          } else if (left.length === names.length) {
            expect(outcome).toBeUndefined();
          } else {
            const after = { event: type, flagNames: left.join(' ') };
            expect(outcome).toMatchObject({ event: after });
            expect(filter(excluded, after)).toBeUndefined();
          }
        },
      ),
    );
  });

  it('changes no other event', () => {
    for (const event of cyrusEvents.filter(({ event: type }) => !/^(Flags|MessageRead|MessageTrash)/.test(type))) {
      expect(filter(['\\Seen', '\\Deleted', '\\Flagged'], event)).toBeUndefined();
    }
  });
});
