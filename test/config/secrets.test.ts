/** Secrets in a configuration: which of several counts, and what is shown of it. */
import { describe, expect, it } from 'vitest';
import { factsOfProblems, load } from './fixture.ts';

const crm = ['notifiers: crm', 'crm_method: webhook', 'crm_webhook_url: https://crm.example.org/'];

function values(...lines: readonly string[]) {
  const { configuration, problems } = load([...crm, ...lines]);
  expect(factsOfProblems(problems.filter(({ severity }) => severity === 'error'))).toEqual([]);
  return configuration?.notifiers[0];
}

describe('of a secret and its file', () => {
  it.each([
    [['webhook_key: a', 'webhook_key_file: /k'], { key: undefined, key_file: '/k' }],
    [['crm_webhook_key: a', 'crm_webhook_key_file: /k'], { key: undefined, key_file: '/k' }],
    [['crm_webhook_key: a', 'webhook_key_file: /k'], { key: { text: 'a' }, key_file: undefined }],
    [['webhook_key: a', 'crm_webhook_key_file: /k'], { key: undefined, key_file: '/k' }],
    [['webhook_key: env:K'], { key: { variable: 'K' } }],
  ])('%j', (lines, expected) => {
    expect(values(...lines)?.values).toMatchObject(expected);
  });

  it.each([
    ['credential:k', { path: 'k', use: 'credential' }],
    ['env:K', { path: 'K', use: 'variable' }],
  ])('%s is looked for', (written, need) => {
    expect(values(`webhook_key: ${written}`)?.needs).toEqual([
      expect.objectContaining({ option: 'webhook_key', ...need }),
    ]);
  });

  it('the file is looked for, by the option that names it', () => {
    const found = values('webhook_key_file: /k');
    expect(found?.needs).toEqual([expect.objectContaining({ option: 'webhook_key_file', path: '/k', use: 'secret' })]);
  });
});

describe('what is in force', () => {
  it.each([
    ['hunter2', '(secret)'],
    ['credential:hook', 'credential:hook'],
    ['env:HOOK', 'env:HOOK'],
  ])('shows %s as %s', (written, shown) => {
    const { inForce } = load([...crm, `crm_webhook_key: ${written}`]);
    expect(inForce.find(({ option }) => option === 'crm_webhook_key')).toMatchObject({ value: shown });
  });

  it('a reference is no secret that others must not read', () => {
    expect(load([...crm, 'crm_webhook_key: hunter2']).secrets).toHaveLength(1);
    expect(load([...crm, 'crm_webhook_key: env:HOOK']).secrets).toEqual([]);
  });
});
