/** What each command loads: a program that runs `belfry send` for every event pays for all of it every time. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { belfryProgram } from '../support/built.ts';

const root = join(import.meta.dirname, '../..');
const here = `${pathToFileURL(root).href}/`;
const directory = mkdtempSync(join(tmpdir(), 'belfry-modules-'));
afterAll(() => rmSync(directory, { recursive: true }));
const configuration = join(directory, 'belfry.conf');
writeFileSync(configuration, `configdirectory: ${directory}\nnotifysocket: ${directory}/notify\n`);

interface Loaded {
  /** Of belfry, by their paths in `src` without the ending. */
  readonly own: readonly string[];
  /** Names of the packages. */
  readonly libraries: ReadonlySet<string>;
}

let run = 0;

/** Node writes which scripts a process has loaded. */
function loadedBy(...words: readonly string[]): Loaded {
  run += 1;
  const coverage = join(directory, `coverage${run}`);
  const { error } = spawnSync(process.execPath, [...belfryProgram, ...words], {
    env: { ...process.env, NODE_V8_COVERAGE: coverage },
    cwd: root,
    input: '',
  });
  if (error !== undefined) throw error;
  const urls = new Set<string>();
  for (const name of readdirSync(coverage)) {
    const { result }: { result: readonly { url: string }[] } = JSON.parse(readFileSync(join(coverage, name), 'utf8'));
    for (const { url } of result) urls.add(url);
  }
  const ofTheTest = ['tsx', 'esbuild', 'get-tsconfig', 'resolve-pkg-maps'];
  const libraries = [...urls].flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  return {
    own: [...urls].flatMap((url) => {
      const path = url.split('?')[0] ?? '';
      return path.startsWith(here) ? (/^(?:src|dist)\/(.*)\.[jt]s$/.exec(path.slice(here.length))?.[1] ?? []) : [];
    }),
    libraries: new Set(libraries.filter((name) => !ofTheTest.includes(name))),
  };
}

describe('a command loads what it needs', () => {
  it('belfry --version: one module beside the program itself', () => {
    for (const flag of ['--version', '-V']) {
      expect(loadedBy(flag)).toEqual({ own: ['cli/main', 'base/version'], libraries: new Set() });
    }
  });

  it('belfry send to a socket that is named: no configuration, no schemas, no spool', () => {
    const { own, libraries } = loadedBy('send', '-f', join(directory, 'nobody'), '-t', 'x');
    expect([...libraries].filter((name) => !name.startsWith('@koromix/'))).toEqual(['commander', 'koffi']);
    expect(own.length).toBeLessThan(50);
  });

  it('belfry send to the socket of the configuration, and belfry check: no schemas, no spool, no server', () => {
    for (const words of [
      ['send', '-C', configuration, '-t', 'x'],
      ['check', '-C', configuration],
    ]) {
      const { libraries } = loadedBy(...words);
      for (const name of ['ajv', 'lmdb', 'hono', 'undici', 'nodemailer']) expect(libraries).not.toContain(name);
    }
  });

  it('belfry events and belfry explain: no spool, no server', () => {
    for (const words of [
      ['events', 'Login'],
      ['explain', '-C', configuration],
    ]) {
      const { libraries } = loadedBy(...words);
      expect(libraries).toContain('ajv');
      for (const name of ['lmdb', 'hono', 'undici', 'nodemailer']) expect(libraries).not.toContain(name);
    }
  });

  it('a word that is no command, and the help of all: not the daemon', () => {
    for (const words of [['sned'], ['--help'], ['help', 'queue']]) {
      const { own, libraries } = loadedBy(...words);
      expect([...libraries]).toEqual(['commander']);
      expect(own).not.toContain('daemon/daemon');
    }
  });
});
