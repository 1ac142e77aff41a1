/** The places of the API and the metrics: each mistake is an error of its line. */
import { describe, expect, it } from 'vitest';
import { factsOfProblems, load } from './fixture.ts';

const token = 'admin_token: correct-horse-battery';
const wrong = (...lines: readonly string[]): readonly string[] => factsOfProblems(load(lines).problems);

describe.each(['admin_listen', 'metrics_listen'])('%s', (option) => {
  it.each([
    ['localhost:8091'],
    ['::1:8091'],
    ['127.0.0.1:0'],
    ['http://127.0.0.1:8091'],
    [`/run/${'x'.repeat(120)}`],
    ['127.0.0.1:80 127.0.0.1:80'],
    ['[::1]:80 [0:0::1]:80'],
    ['{configdirectory}/control'],
  ])('refuses %s', (value) => {
    const [problem, ...others] = wrong(token, `${option}: ${value}`);
    expect(problem).toMatch(new RegExp(`^2: error: ${option}: `));
    expect(others).toEqual([]);
  });

  it('takes IPv4, IPv6 and Unix sockets', () => {
    expect(wrong(token, `${option}: 127.0.0.1:8091 [::1]:8091 /run/belfry/api`)).toEqual([]);
  });
});

it.each(['short', '"sixteen letters and a space"'])('refuses the token %s', (value) => {
  expect(wrong(`admin_token: ${value}`)[0]).toMatch(/^1: error: admin_token: /);
});
