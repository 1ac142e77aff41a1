/** The rules of the page's source: no markup from strings, no size that surprises, imports in one direction. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cyclesOf, readModuleGraph } from '../support/module-graph.ts';

const page = join(import.meta.dirname, '../../page');
const files = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const textOf = (name: string): string => readFileSync(join(page, name), 'utf8');

it('imports in one direction', () => {
  const { edges } = readModuleGraph(page);
  expect(Object.fromEntries([...edges].map(([name, to]) => [name, [...to].sort()]))).toEqual({
    api: [],
    dom: [],
    model: ['api'],
    app: ['api', 'model'],
    view: ['api', 'app', 'dom', 'model'],
    main: ['api', 'app', 'dom', 'model', 'view'],
  });
  expect(cyclesOf(edges)).toEqual([]);
});

it('makes no markup of strings and runs no text', () => {
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|DOMParser|createContextualFragment|\beval\b|new Function/;
  expect(files.filter((name) => forbidden.test(textOf(name)))).toEqual([]);
});

it('has small files, and each begins with a sentence that says what it is', () => {
  expect(files.filter((name) => textOf(name).split('\n').length > 251)).toEqual([]);
  expect(files.filter((name) => !textOf(name).startsWith('/**'))).toEqual([]);
});

it('names no address but its own', () => {
  const markup = readFileSync(join(page, 'index.html'), 'utf8') + readFileSync(join(page, 'page.css'), 'utf8');
  expect(markup.match(/(?:https?:)?\/\/\w|url\(|style=|onclick|<script>/g)).toBeNull();
});
