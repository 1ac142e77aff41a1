import { describe, expect, it } from 'vitest';
import { globalOptions } from '../../src/config/global-options.ts';
import { methodOption, sharedOptions } from '../../src/config/notifier-options.ts';
import { commonTable, fullTable, nameClash } from '../../src/config/table.ts';
import { defineMethod } from '../../src/notifier/notifier.ts';
import { methods } from '../../src/notifier/table.ts';
import { docsOf, type Option } from '../../src/option/option.ts';
import { text } from '../../src/option/types.ts';

const own: Readonly<Record<string, Option>> = { ...globalOptions, ...methodOption, ...sharedOptions };
const all = [...Object.entries(own), ...methods.flatMap(({ options }) => Object.entries(options))];

describe('every option', () => {
  it('accepts its own default and example', () => {
    for (const [name, option] of all) {
      for (const written of [docsOf(option).default, docsOf(option).example]) {
        const plain = written?.replace('{configdirectory}', '/var/lib/belfry');
        if (plain !== undefined) expect(option.safeParse(plain), name).toMatchObject({ success: true });
      }
    }
  });

  it('inherits only from an option that exists', () => {
    for (const [name, option] of all) {
      const { inherits } = docsOf(option);
      expect(inherits === undefined || inherits in globalOptions, name).toBe(true);
    }
  });
});

describe('every option of the daemon and of all notifiers', () => {
  it('is described in sentences', () => {
    for (const [name, option] of Object.entries(own)) expect(docsOf(option).description, name).toMatch(/^[A-Z].*[.)]$/);
  });

  it('says what it means to have no value', () => {
    for (const [name, option] of Object.entries(own)) {
      expect(docsOf(option).default ?? docsOf(option).absent, name).toBeDefined();
    }
  });
});

const method = (options: Record<string, Option>) =>
  defineMethod({ name: 'demo', summary: 'For the test.', options, open: () => Promise.reject(new Error('never')) });
const option = text({ description: 'For the test.' });

it('refuses a method whose options could not be told apart', () => {
  for (const key of ['method', 'events', 'retry_for']) {
    expect(() => commonTable([method({ [key]: option })])).toThrow(`option ${key} of method demo`);
  }
  expect(() => commonTable([method({ colour: option })])).not.toThrow();
});

it('finds the name of a notifier that would give an option two meanings', () => {
  const demo = method({ colour: option });
  const common = commonTable([demo]);
  expect(nameClash(common, { name: 'crm', method: demo })).toBeUndefined();
  expect(nameClash(common, { name: 'demo', method: demo })).toBeUndefined();
  expect(nameClash(common, { name: 'autocreate', method: undefined })).toBe('autocreate_users');
});

it('holds the options for all and those of each notifier', () => {
  const demo = method({ colour: option });
  const table = fullTable(commonTable([demo]), [
    { name: 'crm', method: demo },
    { name: 'x', method: undefined },
  ]);
  for (const name of [
    'events',
    'demo_colour',
    'crm_events',
    'crm_method',
    'crm_demo_colour',
    'crm_event_groups',
    'x_users',
  ]) {
    expect(table.has(name)).toBe(true);
  }
  for (const name of ['method', 'x_demo_colour', 'crm_colour', 'crm_notifysocket']) expect(table.has(name)).toBe(false);
});
