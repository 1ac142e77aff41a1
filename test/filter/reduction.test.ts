/** NAME_content: every parameter of every schema is classified, and nothing goes on that is not meant to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, type Json, type MailEvent } from '../../src/base/event.ts';
import { compileReduction, parameterKinds } from '../../src/filter/reduction.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { cyrusEvents } from './samples.ts';

const catalogue = (await loadSchemas()).catalogue();
const { identifies, describes, personal } = parameterKinds;
const classified = [...identifies, ...describes, ...personal];
const root = join(import.meta.dirname, '../..');

const reduced = (level: 'thin' | 'redacted', event: MailEvent): MailEvent => compileReduction(level)?.(event) ?? event;

describe('the kinds of parameters', () => {
  it('are said of each parameter of the schemas, and of nothing else, once', () => {
    const all = new Set(['event', ...catalogue.flatMap(({ parameters }) => parameters.map(({ name }) => name))]);
    expect([...classified].sort()).toEqual([...all].sort());
  });

  it('are those that docs/selection.md shows', () => {
    const page = readFileSync(join(root, 'docs/selection.md'), 'utf8');
    for (const [kind, names] of Object.entries(parameterKinds)) {
      const [, cell = ''] = new RegExp(`^\\| ${kind} \\|.*\\| (.*) \\|$`, 'm').exec(page) ?? [];
      expect(cell).toBe(names.map((name) => `\`${name}\``).join(' '));
    }
  });
});

describe('NAME_content', () => {
  it('full changes nothing', () => expect(compileReduction('full')).toBeUndefined());

  it.each(catalogue.flatMap(({ name, example }) => (example === undefined ? [] : [[name, example] as const])))(
    'leaves of %s what its level allows, in its order, as it was',
    (_, example) => {
      const event = example as MailEvent;
      const names = Object.keys(event);
      expect(Object.keys(reduced('thin', event))).toEqual(names.filter((name) => identifies.includes(name)));
      expect(Object.keys(reduced('redacted', event))).toEqual(names.filter((name) => !personal.includes(name)));
      expect(event).toMatchObject(reduced('redacted', event));
    },
  );

  it('keeps numbers as they were sent', () => {
    const modseq = new ExactNumber('9007199254740993');
    expect(reduced('thin', { event: 'MessageNew', modseq })['modseq']).toBe(modseq);
  });

  it('takes out parameters that no schema has, whatever they are called, and objects in the place of a name', () => {
    const odd =
      '{"event":"x.odd","__proto__":{"a":1},"constructor":"a","subject":"b","Summary":"c","uri":{"a":"b"},"user":["a",{"b":"c"}],"mailboxes":["a"]}';
    const thin = reduced('thin', JSON.parse(odd) as MailEvent);
    expect(JSON.stringify(thin)).toBe('{"event":"x.odd","mailboxes":["a"]}');
    expect(Object.getPrototypeOf(thin)).toBe(Object.prototype);
  });

  it('never lets a text through that is in a personal or unknown parameter', () => {
    const name = fc.oneof(
      fc.constantFrom(...personal),
      fc.string().filter((one) => !classified.includes(one)),
    );
    const secrets = fc.dictionary(
      name,
      fc.oneof(fc.constant('SECRET'), fc.constant(['SECRET']), fc.constant({ a: 'SECRET' })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...cyrusEvents), secrets, (event, hidden) => {
        const whole: MailEvent = { ...event, ...(hidden as Record<string, Json>), event: event.event };
        for (const level of ['thin', 'redacted'] as const) {
          const after = reduced(level, whole);
          expect(JSON.stringify(after)).not.toContain('SECRET');
          expect(reduced(level, after)).toEqual(after);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('keeps a trace, if it is one', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const thin = compileReduction('thin');
  expect(thin?.({ event: 'Login', traceparent, tracestate: 'a=1' })).toEqual({
    event: 'Login',
    traceparent,
    tracestate: 'a=1',
  });
  expect(thin?.({ event: 'Login', traceparent, tracestate: 'a subject' })).toEqual({ event: 'Login', traceparent });
  expect(thin?.({ event: 'Login', traceparent: 'a subject', tracestate: 'a=1' })).toEqual({ event: 'Login' });
});
