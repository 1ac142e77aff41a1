/** Each alert has its section in docs/troubleshooting.md and its test, and each metric that rules and dashboard name is declared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declarations } from '../../src/metrics/declarations.ts';
import { root } from './blocks.ts';

const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const rules = read('config/prometheus/belfry-alerts.yml');
const tests = read('config/prometheus/belfry-alerts.test.yml');
const page = read('docs/troubleshooting.md');
const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);

describe('the alerts', () => {
  it('are there', () => expect(names.length).toBeGreaterThan(10));

  it.each(names)('%s has a section that its annotation names, and is tested silent and firing', (name) => {
    const rule = rules.slice(rules.indexOf(`- alert: ${name}\n`)).split('- alert: ')[1] ?? '';
    expect(rule).toContain(`runbook: docs/troubleshooting.md#${name.toLowerCase()}\n`);
    expect(page).toContain(`\n### ${name}\n`);
    expect([...tests.matchAll(new RegExp(`alertname: ${name}\\b`, 'g'))].length).toBe(2);
  });

  it('have no section without an alert', () => {
    expect([...page.matchAll(/^### (Belfry\w+)$/gm)].map(([, name]) => name)).toEqual(names);
  });
});

it.each([
  'config/prometheus/belfry-alerts.yml',
  'config/prometheus/belfry-alerts.test.yml',
  'config/grafana/belfry.json',
])('%s names only metrics that there are', (file) => {
  const used = [...read(file).matchAll(/\b(?:belfry|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name);
  const known = (name: string): boolean =>
    name.replace(/_(bucket|sum|count)$/, '') in declarations || name in declarations;
  expect(used.length).toBeGreaterThan(10);
  expect(used.filter((name) => !known(name))).toEqual([]);
});
