/** NAME_when: what an expression says of an event, and what is refused before there is one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, type Json, type MailEvent } from '../../../src/base/event.ts';
import { parametersOf, valueIn } from '../../../src/filter/when/parameters.ts';
import { whenCompiler } from '../../../src/filter/when/when.ts';
import { fuzzRuns } from '../../fuzz/fuzz.ts';
import { answer, compiled, described, known, mistakeIn, option } from './expressions.ts';

const arrival: MailEvent = {
  event: 'messageNew',
  user: 'john',
  messageSize: 446,
  modseq: new ExactNumber('9007199254740993'),
  flagNames: '\\Seen $Junk',
  tags: 'a,b',
  messageContent: { 1: 'one', constructor: 'two' },
  'vnd.cmu.midset': ['<1@example.net>', 'NIL'],
};

describe('an expression', () => {
  it.each<[string, string]>([
    ['event.event == "MessageNew"', 'true'],
    ['event.event in ["MessageNew", "MessageAppend"]', 'true'],
    ['event.user == "jane"', 'false'],
    ['event.messageSize > 445 && event.messageSize < 446.5', 'true'],
    ['event.messageSize == 446', 'true'],
    ['event.modseq == 9007199254740993', 'true'],
    ['event.modseq == 9007199254740992', 'false'],
    ['"$Junk" in event.flagNames.split(" ")', 'true'],
    ['event.flagNames.split(" ").exists(f, f.startsWith("$"))', 'true'],
    ['event.flagNames.split(" ").all(f, f.startsWith("$"))', 'false'],
    ['event.vnd_cmu_midset.exists_one(m, glob(m, "<*@example.net>"))', 'true'],
    ['size(event.vnd_cmu_midset) == 2 && event.user.size() == 4', 'true'],
    ['event.tags == "a,b"', 'true'],
    ['event.messageContent["1"] == "one"', 'true'],
    ['mailbox.startsWith("user/john") && user.lowerAscii() == "john"', 'true'],
    ['glob(mailbox, "user/*/J?nk") || glob(mailbox, "*/Sub")', 'true'],
    ['!(event.user == "jane")', 'true'],
    ['event.user == "john" ? event.messageSize > 1 : false', 'true'],
    // What is not there.
    ['event.clientIP == "::1"', 'missing'],
    ['event.clientIP != "::1"', 'missing'],
    ['!event.clientIP.startsWith("10.")', 'missing'],
    ['has(event.clientIP)', 'false'],
    ['!has(event.clientIP) || event.clientIP == "::1"', 'true'],
    ['event.clientIP == "::1" || event.user == "john"', 'true'],
    ['event.clientIP == "::1" && event.user == "jane"', 'false'],
    // What has another type than it was taken for.
    ['"a" in event.tags', 'missing'],
    ['event.messageContent == "one"', 'false'],
    ['event.messageContent.constructor == "two"', 'true'],
    ['event.messageContent.toString == "x"', 'missing'],
    ['has(event.messageContent.valueOf)', 'false'],
  ])('%s: %s', (expression, expected) => {
    expect(answer(expression, arrival, { user: 'John', mailbox: 'user/john/Sub' })).toBe(expected);
  });

  it('gives the option as the reason, and the parameter that was missing', () => {
    const about = { user: '', mailbox: '' };
    expect(compiled('event.user == "jane"')(arrival, about)).toMatchObject({ option });
    const reason = compiled('event.clientIP == "::1"')(arrival, about);
    expect(reason?.option).toBe(option);
    expect(reason?.detail).toContain('clientIP');
  });

  it('takes what has not the type of the schemas for missing: types without a schema are not checked', () => {
    const odd: MailEvent = { event: 'x.odd', user: 5, messageSize: '9'.repeat(400), flagNames: [], allDay: 1.5 };
    for (const name of ['user', 'messageSize', 'flagNames', 'allDay', 'modseq']) {
      expect(answer(`has(event.${name})`, odd), name).toBe('false');
    }
    expect(answer('event.event == "x.odd"', odd)).toBe('true');
  });
});

describe('a mistake', () => {
  it.each<[string, string]>([
    ['event.mesageSize > 3', 'mesageSize'],
    ['event.event == "x" && subjct', 'subjct'],
    ['event.messageSize == "x"', 'event.messageSize'],
    ['event.event = "x"', '= "x"'],
    ['event.event == "x" &&', ''],
    ['event', 'event'],
    ['event.user', 'event.user'],
    ['event.tags', 'event.tags'],
    ['event.user.matches("(a+)+$")', 'matches'],
    ['event.user.startWith("a")', 'startWith'],
    ['timestamp("x") == timestamp("y")', 'timestamp'],
    ['[[1]].exists(a, a.exists(b, b == 1))', 'exists(b'],
    ['event.vnd_cmu_midset.exists(a, a == event.user)', 'event'],
    ['event.vnd_cmu_midset.exists(a, a == user)', 'user'],
    ['event.vnd_cmu_midset.exists(user, user == "x")', 'user'],
    ['event.vnd_cmu_midset.exists("x", true)', '"x"'],
    ['event.vnd_cmu_midset.map(a, a) == []', 'map'],
    ['event.messageContent.contains(event.user)', 'event.user'],
    ['glob("x", event.user)', 'event.user'],
    ['glob(event.user)', 'glob'],
    ['event.user.split("") == event.tags.split(event.user)', 'event.user)'],
    ['{"a": 1}.a == 1', '{'],
    ['cel.bind(x, 1, x > 2)', 'bind'],
    ['event.constructor == "x"', 'constructor'],
    ['event.__proto__ == "x"', '__proto__'],
    ['constructor == "x"', 'constructor'],
  ])('%s is found, at %j', (expression, place) => {
    const mistake = mistakeIn(expression);
    expect(mistake?.problem.severity).toBe('error');
    const at = mistake?.at ?? -1;
    expect(at).toBeGreaterThanOrEqual(0);
    expect(expression.startsWith(place, at), `${at}`).toBe(true);
  });

  it.each([
    ['too deep', `${'('.repeat(300)}true${')'.repeat(300)}`],
    ['of too many parts', `true${' || true'.repeat(600)}`],
    ['too long', `event.user == "${'x'.repeat(9000)}"`],
  ])('is an expression that is %s', (_, expression) => {
    expect(mistakeIn(expression)?.problem.severity).toBe('error');
  });

  it('is answered with what was probably meant', () => {
    expect(mistakeIn('event.mesageSize > 3')?.problem.remedy).toContain('messageSize?');
    expect(mistakeIn('evnt.user == "x"')?.problem.remedy).toContain('event?');
    expect(mistakeIn('event.user.startWith("x")')?.problem.remedy).toContain('startsWith?');
    expect(mistakeIn('event.user.matches("x")')?.problem.remedy).toContain('glob(');
  });
});

describe('hostile names', () => {
  const names = [
    'constructor',
    '__proto__',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'vnd.x',
    'vnd_x',
    '1x',
    'a b',
    '',
  ];
  const parameters = parametersOf(names.map((name) => ({ name, types: ['string'] })));

  it('of parameters are left out where every object has them, and two that look alike are one', () => {
    expect([...parameters.values()].map(({ name }) => name)).toEqual(['event', 'vnd.x', 'a b']);
  });

  it('in an event are never taken for what every object has', async () => {
    const compile = await whenCompiler(parameters);
    const result = compile(option, 'has(event.vnd_x)');
    if (!('when' in result)) throw new Error(result.mistake.problem.message);
    const { when } = result;
    const event = JSON.parse('{"event":"x","__proto__":{"vnd.x":"y"},"constructor":"z"}') as MailEvent;
    expect(when(event, { user: '', mailbox: '' })?.option).toBe(option);
    expect(when({ ...event, 'vnd.x': 'y' }, { user: '', mailbox: '' })).toBeUndefined();
  });
});

const fields = [...known.keys()];
const aField = fc.constantFrom(...fields).map((field) => `event.${field}`);
const aText = fc.oneof(aField, fc.constantFrom('user', 'mailbox', '"a"', '"*"', 'x', 'event', '[1, 2]', 'constructor'));
const condition = fc.oneof(
  fc.tuple(aText, fc.constantFrom('==', '!=', '<', '>=', 'in', '+', '&&'), aText).map((parts) => parts.join(' ')),
  fc
    .tuple(aText, fc.constantFrom('contains', 'glob', 'split', 'exists', 'map', 'toString', 'call'), aText)
    .map(([one, name, other]) => `${one}.${name}(${other})`),
  fc
    .tuple(aText, fc.constantFrom('exists', 'all'), aText)
    .map(([of, name, other]) => `${of}.${name}(x, x == ${other})`),
  aField.map((field) => `has(${field})`),
);
const expressions = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(condition, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' && ')),
  fc.array(condition, { minLength: 1, maxLength: 4 }).map((parts) => `!(${parts.join(') || (')})`),
);
const events = fc
  .dictionary(
    fc.oneof(fc.constantFrom(...described.map(({ name }) => name)), fc.string()),
    fc.jsonValue() as fc.Arbitrary<Json>,
  )
  .map((parameters): MailEvent => Object.assign(parameters, { event: 'MessageNew' }));

describe('whatever is written and whatever comes', () => {
  it('neither compiling nor evaluating throws, and a reason is one line', () => {
    fc.assert(
      fc.property(expressions, events, (expression, event) => {
        const mistake = mistakeIn(expression);
        if (mistake !== undefined) {
          expect(mistake.at).toBeLessThanOrEqual(expression.length);
          return;
        }
        const reason = compiled(expression)(event, { user: 'a', mailbox: 'b' });
        expect(reason?.detail ?? '').not.toMatch(/\p{Cc}/u);
      }),
      fuzzRuns(500),
    );
  });

  it('every value is of its type, or missing', () => {
    const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
      string: (value) => typeof value === 'string',
      int: (value) => typeof value === 'bigint',
      double: (value) => typeof value === 'number',
      bool: (value) => typeof value === 'boolean',
      'list<string>': (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
      dyn: () => true,
    };
    fc.assert(
      fc.property(events, (event) => {
        for (const parameter of known.values()) {
          const value = valueIn(event, parameter);
          expect(value === undefined || kinds[parameter.type]?.(value)).toBe(true);
        }
      }),
      fuzzRuns(200),
    );
  });
});

describe('a long list', () => {
  /** A list that counts how often something of it is read. */
  function readsOf(length: number, expression: string): number {
    let reads = 0;
    const list = new Proxy(
      Array.from({ length }, (_, i) => `<${i}@example.net>`),
      {
        get(target, key, receiver) {
          reads += 1;
          return Reflect.get(target, key, receiver) as unknown;
        },
      },
    );
    compiled(expression)({ event: 'MessageNew', 'vnd.cmu.midset': list }, { user: '', mailbox: '' });
    return reads;
  }

  it.each([
    'event.vnd_cmu_midset.exists(m, m == "x")',
    'event.vnd_cmu_midset.all(m, m.split("@").size() == 2 && m in ["x", m])',
    '"x" in event.vnd_cmu_midset || size(event.vnd_cmu_midset) == 0',
    'event.vnd_cmu_midset == event.vnd_cmu_midset && event.vnd_cmu_midset.exists_one(m, m == "x")',
  ])('is read in time that grows as it does: %s', (expression) => {
    const [short, long] = [readsOf(1000, expression), readsOf(10_000, expression)];
    expect(short).toBeGreaterThanOrEqual(1000);
    expect(long).toBeLessThanOrEqual(10 * short + 100);
  });
});

describe('a name with dots', () => {
  it.each([
    'has(event.vnd.cmu.midset)',
    'size(event.vnd.cmu.midset) > 1',
    '"<1@h>" in event.vnd.cmu.midset',
    'event.vnd.cmu.midset.exists(m, m == "x")',
    '!has(event.vnd.cmu.midset) || user == "john"',
  ])('%s: the remedy is the name with _', (expression) => {
    const mistake = mistakeIn(expression);
    expect(mistake?.problem).toMatchObject({
      severity: 'error',
      remedy: expect.stringContaining('event.vnd_cmu_midset'),
    });
    expect(mistake?.at).toBe(expression.indexOf('event.'));
  });

  it('of what no event has, in has too', () => {
    for (const expression of ['has(event.usr)', 'has(event.nothing.at.all)', 'has(event.vnd_cmu_midsets)']) {
      expect(mistakeIn(expression)?.problem).toMatchObject({ severity: 'error' });
    }
    expect(mistakeIn('has(event.vnd_cmu_midsets)')?.problem.remedy).toContain('vnd_cmu_midset?');
    expect(mistakeIn('has(event.messageContent.x)')).toBeUndefined();
  });
});
