/** The plan of the house, enforced: which way imports go, and that no file grows into a monster. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { intakeKinds } from '../src/intake/table.ts';
import { cyclesOf, layersOf, moduleOf, readModuleGraph } from './support/module-graph.ts';

const source = join(import.meta.dirname, '../src');

/** Which modules a module may import. Nobody imports `daemon` but the command line. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  option: ['base'],
  os: ['base'],
  log: ['base'],
  metrics: [],
  decode: ['base'],
  schema: ['base', 'decode'],
  filter: ['base', 'decode', 'option'],
  notifier: ['base', 'decode', 'option', 'os'],
  spool: ['base', 'os'],
  'http-server': ['base', 'os'],
  intake: ['base', 'decode', 'http-server', 'log', 'metrics', 'option', 'os'],
  examine: ['base', 'decode', 'filter', 'notifier', 'schema'],
  config: ['base', 'filter', 'http-server', 'intake', 'notifier', 'option', 'spool'],
  dispatch: ['base', 'examine', 'filter', 'log', 'metrics', 'notifier', 'option', 'spool'],
  admin: ['base', 'http-server', 'spool'],
  'intake-host': ['base', 'intake', 'log', 'metrics', 'os', 'spool'],
  daemon: [
    'admin',
    'base',
    'config',
    'decode',
    'dispatch',
    'examine',
    'filter',
    'http-server',
    'intake',
    'intake-host',
    'log',
    'metrics',
    'notifier',
    'option',
    'os',
    'schema',
    'spool',
  ],
  doctor: ['admin', 'base', 'config', 'daemon', 'decode', 'filter', 'notifier', 'option', 'os'],
  cli: [
    'admin',
    'base',
    'config',
    'daemon',
    'decode',
    'doctor',
    'examine',
    'log',
    'notifier',
    'option',
    'os',
    'schema',
  ],
};

/** Packages that only one part may know. */
const packageOwners: Readonly<Record<string, string | readonly string[]>> = {
  koffi: 'os',
  lmdb: 'spool',
  commander: 'cli',
  undici: 'notifier',
  nodemailer: 'notifier',
  amqplib: 'notifier',
  ioredis: 'notifier',
  mqtt: 'notifier',
  '@nats-io': 'notifier',
  ajv: 'schema',
  re2js: 'schema',
  hono: ['admin', 'intake'],
  'prom-client': 'metrics',
  '@marcbachmann': 'filter',
  '@opentelemetry': 'daemon',
};

/** Parts without I/O, clock or logger. */
const pure = ['decode', 'filter', 'examine', 'option'];
const impureModules = /^node:(?!buffer$)|^pino$/;

const { files, imports, edges } = readModuleGraph(source);
const shown = ({ from, specifier }: (typeof imports)[number]): string => `${from} imports ${specifier}`;
const linesOf = (file: string): number => readFileSync(join(source, file), 'utf8').split('\n').length - 1;

describe('the architecture', () => {
  it('is what the table says: no module and no import that it does not name, and none that it names in vain', () => {
    const expected = Object.entries(mayImport).map(([name, to]) => [name, [...to].sort()]);
    expect(Object.fromEntries(edges)).toEqual(Object.fromEntries(expected));
  });

  it('has no cycle, neither between modules nor between the folders of the database', () => {
    expect(cyclesOf(edges)).toEqual([]);
    expect(layersOf(edges)?.length).toBeLessThanOrEqual(9);
    const { edges: folders } = readModuleGraph(join(source, 'spool/lmdb'));
    expect(cyclesOf(folders)).toEqual([]);
    const [, , ...others] = layersOf(folders) ?? [];
    expect(others.length).toBeGreaterThan(0);
  });

  it('keeps each leaf to itself', () => {
    const leaves = new RegExp(`^(?:spool|intake)/(lmdb|${intakeKinds.map(({ name }) => name).join('|')})\\b`);
    const leafOf = (path: string): string => leaves.exec(path)?.[1] ?? '';
    const wrong = imports.filter(({ from, to }) => {
      if (to === undefined || moduleOf(from) !== moduleOf(to)) return false;
      const [own, other] = [leafOf(from), leafOf(to)];
      return own !== '' && other !== '' && own !== other;
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  it('keeps packages where they belong', () => {
    const wrong = imports.filter(({ from, specifier }) => {
      const owner = packageOwners[specifier.split('/')[0] ?? ''];
      return owner !== undefined && ![owner].flat().includes(moduleOf(from));
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  it('keeps the pure modules pure', () => {
    const wrong = imports.filter(
      ({ from, specifier }) => pure.includes(moduleOf(from)) && impureModules.test(specifier),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  it('has nothing that the program does not run: what serves the tests or the package is with them', () => {
    const reached = new Set(['cli/main.ts', 'intake-host/worker.ts', 'notifier/script/runner.ts']);
    for (const one of reached) for (const { from, to } of imports) if (from === one && to) reached.add(to);
    expect(files.filter((file) => !reached.has(file))).toEqual([]);
  });

  it('keeps files small: one idea each', () => {
    expect(files.filter((file) => linesOf(file) > 250)).toEqual([]);
  });

  it('begins each file with a sentence that says what it is', () => {
    const silent = files.filter((file) => !readFileSync(join(source, file), 'utf8').startsWith('/**'));
    expect(silent).toEqual([]);
  });
});
