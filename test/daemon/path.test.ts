/** What is written of the architecture is what the code says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModuleGraph } from '../support/module-graph.ts';

const root = join(import.meta.dirname, '../..');
const source = join(root, 'src');
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
const { files, imports } = readModuleGraph(source);

function section(title: string): string {
  const [, text = ''] = page.split(`\n## ${title}\n`);
  return text.split('\n## ')[0] ?? '';
}

/** The words in backquotes of a text. */
const quoted = (text: string): readonly string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word);

/** The cells of the rows of a table, without its head. */
const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').slice(1, -1));

describe('the path of one request, at the head of daemon.ts', () => {
  const [head = ''] = readFileSync(join(source, 'daemon/daemon.ts'), 'utf8').split('*/');
  const hops = [...head.matchAll(/^ \* {5}(\S+\.ts) +(\w+) /gm)].map(([, file = '', name = '']) => ({ file, name }));

  it('is there', () => {
    expect(hops.length).toBeGreaterThan(20);
  });

  it.each(hops)('$file has $name', ({ file, name }) => {
    expect(files).toContain(file);
    const text = readFileSync(join(source, file), 'utf8');
    expect(text).toMatch(new RegExp(`^(?:export )?(?:async )?(?:function|class|const) ${name}\\b`, 'm'));
  });

  it.each(hops)('$file is in the program that the daemon runs', ({ file }) => {
    const reached = new Set(['daemon/daemon.ts', 'intake-host/worker.ts', 'notifier/table.ts']);
    for (const one of reached) for (const { from, to } of imports) if (from === one && to) reached.add(to);
    expect(reached).toContain(file);
  });

  it('begins with an intake, stores before it decodes, and ends with what is removed', () => {
    const modules = hops.map(({ file }) => file.split('/')[0]);
    expect(modules[0]).toBe('intake');
    expect(modules.indexOf('decode')).toBeGreaterThan(modules.indexOf('spool'));
    expect(hops.at(-1)?.file).toBe('spool/lmdb/log/trimmer.ts');
  });
});

describe('docs/architecture.md', () => {
  it('lists every module, each after all that it imports', () => {
    const listed = rowsOf(section('Modules')).map(([name = '']) => quoted(name)[0] ?? '');
    const { edges } = readModuleGraph(source);
    expect([...listed].sort()).toEqual([...edges.keys()]);
    for (const [name, to] of edges) {
      for (const other of to)
        expect(listed.indexOf(other), `${name} imports ${other}`).toBeLessThan(listed.indexOf(name));
    }
  });

  it('names files that are there', () => {
    const named = quoted(page).filter((word) => /^(?:src|test)\/\S+$/.test(word));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('gives each table of the database its one writer, which is what the code does', () => {
    const store = readFileSync(join(source, 'spool/lmdb/disk/store.ts'), 'utf8');
    const [, body = ''] = store.split('export interface Store {');
    const tables = [...(body.split('\n}\n')[0] ?? '').matchAll(/readonly (\w+): (?:Database|BinaryTable)</g)].map(
      ([, name = '']) => name,
    );
    const [intake = [], main = []] = rowsOf(section('The two writers of the spool')).map(([, names = '']) =>
      quoted(names),
    );
    expect([...intake, ...main.filter((name) => name !== 'kept')].sort()).toEqual([...tables].sort());
    const write = new RegExp(`\\b(${tables.join('|')})\\.(?:put|remove)(?:Sync)?\\(`, 'g');
    const writtenIn = (folder: string): readonly string[] =>
      files
        .filter((file) => file.startsWith(`spool/lmdb/${folder}`))
        .flatMap((file) => [...readFileSync(join(source, file), 'utf8').matchAll(write)].map(([, name = '']) => name));
    expect([...new Set(writtenIn('log/'))].sort()).toEqual([...intake].sort());
    const consumers = new Set([...writtenIn('consumers/'), ...writtenIn('disk/stored-memory.ts')]);
    expect([...consumers].sort()).toEqual([...main].sort());
  });

  it('has a state for each outcome that the spool knows', () => {
    const states = section('The states of an entry in a consumer');
    for (const state of ['delivered', 'filtered', 'dropped', 'damaged', 'deferred', 'dead']) {
      expect(states).toMatch(new RegExp(`--> ${state}\\b`));
    }
  });
});
