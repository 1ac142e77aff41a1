/** What the configuration, the reference and the daemon rely on in every method. */

import { describe, expect, it } from 'vitest';
import { methods } from '../../src/notifier/table.ts';
import { docsOf } from '../../src/option/option.ts';

it('gives each name and alias to one method only', () => {
  const names = methods.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+$/);
});

it('has the methods of notifyd', () => {
  const names = methods.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(names).toEqual(expect.arrayContaining(['null', 'log', 'mailto', 'external']));
});

describe.each(methods.map((method) => [method.name, method] as const))('method %s', (_, method) => {
  it('says in one sentence what it does', () => {
    expect(method.summary).toMatch(/^[A-Z][^\n]*\.$/);
  });

  it.each(Object.entries(method.options))(
    'documents option %s, and its default and example are valid',
    (name, option) => {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      const { description, default: byDefault, example } = docsOf(option);
      expect(description).toMatch(/^\S[^\n]*\.$/);
      for (const written of [byDefault, example]) {
        if (written !== undefined) expect(option.safeParse(written).error).toBeUndefined();
      }
    },
  );
});
