/** What HTTP reads from files is looked into before anything is opened: `check` and `serve` find the same. */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderProblems } from '../../src/config/problem.ts';
import { loadCheckedConfiguration } from '../../src/daemon/load-configuration.ts';
import { readPassword, readToken } from '../../src/http-server/files.ts';
import { openHttpIntake } from '../../src/intake/http/http-intake.ts';
import { factsOfProblems } from '../config/fixture.ts';
import { makeFifo } from '../notifier/make-fifo.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { factsOf } from '../support/facts.ts';

const directory = scratchDirectory();
const at = (name: string): string => join(directory, name);
const here = 'http_listen: 127.0.0.1:80';
const log = pino({ enabled: false });

beforeAll(() => {
  const fixtures = join(import.meta.dirname, '../fixtures');
  for (const folder of ['http', 'mailto']) {
    for (const name of ['certificate', 'key']) {
      copyFileSync(join(fixtures, folder, `${name}.pem`), at(`${folder}-${name}`));
    }
  }
  writeFileSync(at('good'), 's3cret\n');
  writeFileSync(at('empty'), '');
  writeFileSync(at('late'), '\ns3cret\n');
  writeFileSync(at('spaced'), 's3cret x\n');
  for (const name of ['good', 'empty', 'late', 'spaced', 'http-key', 'mailto-key', 'http-certificate'])
    chmodSync(at(name), 0o640);
  mkdirSync(at('directory'));
  makeFifo(at('pipe'));
});

async function problemsOf(...lines: readonly string[]): Promise<readonly string[]> {
  const file = at('belfry.conf');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return factsOfProblems((await loadCheckedConfiguration(file)).problems);
}

const password = (name: string): readonly string[] => ['http_user: u', `http_password_file: ${at(name)}`];
const token = (name: string): readonly string[] => [`http_token_file: ${at(name)}`];
const tls = (certificate: string, key: string): readonly string[] => [
  `http_tls_certificate: ${at(certificate)}`,
  `http_tls_key: ${at(key)}`,
];

describe('the files of HTTP', () => {
  it('are no problem when they can be used', async () => {
    const lines = [...password('good'), ...token('good'), ...tls('http-certificate', 'http-key')];
    expect(await problemsOf(here, ...lines)).toEqual([]);
    expect(await problemsOf('http_listen: 0.0.0.0:80', ...lines)).toEqual([]);
  });

  it.each([
    [password('absent'), /^3: error: http_password_file: .*\/absent ENOENT /],
    [password('directory'), /^3: error: http_password_file: .*\/directory$/],
    [password('pipe'), /^3: error: http_password_file: .*\/pipe$/],
    [['http_user: u', 'http_password: credential:none'], /^3: warning: http_password: .*LoadCredential=none/],
    [['http_token: env:BELFRY_NOWHERE'], /^2: warning: http_token: .*BELFRY_NOWHERE/],
    [token('pipe'), /^2: error: http_token_file: .*\/pipe$/],
    [tls('pipe', 'http-key'), /^2: error: http_tls_certificate: .*\/pipe$/],
    [tls('http-certificate', 'pipe'), /^3: error: http_tls_key: .*\/pipe$/],
    [password('empty'), /^3: error: http_password_file: .*\/empty$/],
    [password('late'), /^3: error: http_password_file: .*\/late$/],
    [token('absent'), /^2: error: http_token_file: .*\/absent ENOENT /],
    [token('empty'), /^2: error: http_token_file: .*\/empty$/],
    [token('spaced'), /^2: error: http_token_file: .*\/spaced$/],
    [tls('absent', 'http-key'), /^2: error: http_tls_certificate: .*\/absent ENOENT /],
    [tls('http-certificate', 'absent'), /^3: error: http_tls_key: .*\/absent ENOENT /],
    [tls('empty', 'http-key'), /^2: error: http_tls_certificate: .*\/empty .*PEM$/],
    [tls('http-key', 'http-key'), /^2: error: http_tls_certificate: .*\/http-key .*PEM$/],
    [tls('http-certificate', 'good'), /^3: error: http_tls_key: .*\/good .*PEM$/],
    [tls('http-certificate', 'mailto-key'), /^3: error: http_tls_key: .*\/http-certificate .*\/mailto-key .*PEM$/],
  ])('%j is refused', async (lines, message) => {
    const found = await problemsOf(here, ...lines);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
    expect(found[0]).not.toContain('s3cret');
  });

  it('are found wrong for the reasons for which the intake does not open', async () => {
    const service = { host: '127.0.0.1', port: 0, maxBodyBytes: 1024, maxConnections: 1, log };
    const [found = ''] = await problemsOf(here, ...token('spaced'));
    const authentication = { token: { file: at('spaced') } };
    const refused = await openHttpIntake({ ...service, authentication }).catch((thrown: unknown) => thrown);
    expect(found).toBe(`2: error: http_token_file: ${factsOf(refused instanceof Error ? refused.message : '')}`);
    const files = { certificate: at('http-certificate'), key: at('mailto-key') };
    const unfit = await openHttpIntake({ ...service, authentication: {}, tls: files }).catch(
      (thrown: unknown) => thrown,
    );
    const [pair = ''] = await problemsOf(here, ...tls('http-certificate', 'mailto-key'));
    expect(pair).toBe(`3: error: http_tls_key: ${factsOf(unfit instanceof Error ? unfit.message : '')}`);
  });

  it('may begin with a byte order mark, which is no part of the secret', () => {
    writeFileSync(at('bom'), '\ufeffs3cret\r\n', { mode: 0o600 });
    expect(readToken({ file: at('bom') })).toBe('s3cret');
    expect(readPassword({ file: at('bom') })).toBe('s3cret');
  });

  it('that only an inherited socket would need are a warning', async () => {
    expect(await problemsOf(...token('absent'))).toEqual([
      expect.stringMatching(/^1: warning: http_token_file: .*absent/),
    ]);
    const unix = [`http_listen: ${at('s')}`, ...tls('absent', 'http-key')];
    expect(await problemsOf(...unix)).toEqual([expect.stringMatching(/^2: warning: http_tls_certificate: .*absent/)]);
  });
});

describe('expressions of NAME_when', () => {
  const problemsIn = async (...lines: readonly string[]) => {
    const file = at('when.conf');
    const base = [`configdirectory: ${at('.')}`, 'notifiers: a b', 'a_method: log', 'b_method: log'];
    writeFileSync(file, [...base, ...lines, ''].join('\n'), { mode: 0o600 });
    return (await loadCheckedConfiguration(file)).problems.filter(({ option }) => option?.endsWith('when'));
  };

  it('are compared with the schemas, and the place of a mistake is shown below its line', async () => {
    const value = `${'user == "x" || '.repeat(9)}event.mesageSize > 3 || ${'user == "y" || '.repeat(9)}true`;
    const [problem, ...others] = await problemsIn('b_when: user == "x"', `a_when: ${value}`);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ line: 6, severity: 'error', option: 'a_when', excerpt: { text: value } });
    const [, shown = '', caret = ''] = renderProblems(problem === undefined ? [] : [problem]).split('\n');
    expect(shown.slice(caret.indexOf('^')).startsWith('mesageSize')).toBe(true);
    expect(shown.trim().length).toBeLessThan(130);
  });

  it('that are for all notifiers are reported once', async () => {
    expect(await problemsIn('when: event.nothing == 1')).toHaveLength(1);
    expect(await problemsIn('when: event.user == "x"', 'b_when: event.nothing')).toMatchObject([{ line: 6 }]);
  });
});
