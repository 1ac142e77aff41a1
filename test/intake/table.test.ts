import { expect, it } from 'vitest';
import { globalOptions } from '../../src/config/global-options.ts';
import { intakeKinds, kindOf } from '../../src/intake/table.ts';

it('finds the kind of each setting by its name, and no other', () => {
  expect(intakeKinds.map(({ name }) => name)).toEqual([...new Set(intakeKinds.map(({ name }) => name))]);
  for (const kind of intakeKinds) expect(kindOf({ transport: kind.name, name: 'x' })).toBe(kind);
  expect(() => kindOf({ transport: 'toString', name: 'x' })).toThrow(/ toString$/);
});

it('gives the option table what each kind declares', () => {
  const declared = intakeKinds.flatMap(({ options }) => Object.entries(options));
  expect(declared.length).toBeGreaterThan(10);
  expect(new Set(declared.map(([name]) => name)).size).toBe(declared.length);
  for (const [name, option] of declared) expect(Reflect.get(globalOptions, name), name).toBe(option);
});

it('lets only what parses nothing run in the thread that appends', () => {
  expect(intakeKinds.filter(({ thread }) => thread === 'append').map(({ name }) => name)).toEqual([
    'datagram',
    'dlist',
  ]);
});
