/** The plan of the house, enforced: which way imports go, and that no file grows into a monster. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../src');

/** Where a file belongs: its folder, or its own name for the files at the top. */
function partOf(path: string): string {
  const [first = '', second] = relative(source, path).split('/');
  return second === undefined ? first.replace('.ts', '') : first;
}

/** Which modules a module may import. Nobody imports `daemon` but the command line. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  option: ['base'],
  os: ['base'],
  log: ['base'],
  decode: ['base'],
  schema: ['base', 'decode'],
  filter: ['base', 'decode'],
  notifier: ['base', 'option', 'os'],
  spool: ['base', 'os'],
  intake: ['base', 'decode', 'log', 'os'],
  examine: ['base', 'decode', 'filter', 'notifier', 'schema'],
  config: ['base', 'filter', 'notifier', 'option'],
  dispatch: ['base', 'examine', 'filter', 'log', 'notifier', 'option', 'spool'],
  admin: ['base', 'os', 'spool'],
  'intake-host': ['base', 'config', 'intake', 'log', 'spool'],
  daemon: [
    'admin',
    'base',
    'config',
    'dispatch',
    'examine',
    'filter',
    'intake',
    'intake-host',
    'log',
    'notifier',
    'os',
    'schema',
    'spool',
  ],
  cli: ['admin', 'base', 'config', 'daemon', 'decode', 'examine', 'log', 'notifier', 'option', 'os', 'schema'],
};

/** Packages that only one part may know. */
const packageOwners: Readonly<Record<string, string>> = {
  koffi: 'os',
  lmdb: 'spool',
  commander: 'cli',
  undici: 'notifier',
  nodemailer: 'notifier',
  ajv: 'schema',
  re2js: 'schema',
  hono: 'intake',
};

/** Parts without I/O, clock or logger. */
const pure = ['decode', 'filter', 'examine', 'option'];
const impureModules = /^node:(?!buffer$)|^pino$/;

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Set for a file of our own. */
  readonly path?: string;
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(source, name));

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(file, 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier = '']) => specifier);
  return specifiers.map((specifier) => ({
    from: file,
    specifier,
    ...(specifier.startsWith('.') ? { path: join(dirname(file), specifier) } : {}),
  }));
}

const imports = files.flatMap(importsOf);
const shown = ({ from, specifier }: Import): string => `${relative(source, from)} imports ${specifier}`;

describe('the architecture', () => {
  it('knows every part', () => {
    expect(files.map(partOf).filter((part) => mayImport[part] === undefined)).toEqual([]);
  });

  it('keeps the directions of imports', () => {
    const wrong = imports.filter(({ from, path }) => {
      if (path === undefined) return false;
      const [own, other] = [partOf(from), partOf(path)];
      return own !== other && !mayImport[own]?.includes(other);
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  it('keeps each leaf to itself', () => {
    const leaves = ['intake', 'spool'];
    const interfaces = new Set(['intake/intake.ts', 'spool/spool.ts']);
    const wrong = imports.filter(({ from, path }) => {
      if (path === undefined || partOf(from) !== partOf(path) || !leaves.includes(partOf(from))) return false;
      const [own, other] = [relative(source, from), relative(source, path)];
      const engineOf = (name: string): string =>
        /^(?:spool|intake)\/(lmdb|memory|datagram|dlist|http)/.exec(name)?.[1] ?? '';
      return (
        !interfaces.has(other) && engineOf(own) !== '' && engineOf(other) !== '' && engineOf(own) !== engineOf(other)
      );
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  it('keeps packages where they belong', () => {
    const wrong = imports.filter(({ from, specifier }) => {
      const owner = packageOwners[specifier.split('/')[0] ?? ''];
      return owner !== undefined && partOf(from) !== owner;
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  it('keeps the pure parts pure', () => {
    const wrong = imports.filter(({ from, specifier }) => pure.includes(partOf(from)) && impureModules.test(specifier));
    expect(wrong.map(shown)).toEqual([]);
  });

  it('keeps files small: one idea each', () => {
    const budget = (file: string): number => (file.endsWith('config/cyrus-options.ts') ? 400 : 280);
    const large = files
      .map((file) => ({ file: relative(source, file), lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ file, lines }) => lines > budget(file));
    expect(large).toEqual([]);
  });

  it('begins each file with a sentence that says what it is', () => {
    const silent = files.filter(
      (file) =>
        !readFileSync(file, 'utf8')
          .replace(/^#!.*\n/, '')
          .startsWith('/**'),
    );
    expect(silent.map((file) => relative(source, file))).toEqual([]);
  });
});
