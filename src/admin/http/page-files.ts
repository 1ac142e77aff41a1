/** The files of the web page, as the build has left them. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { PageFile } from './application.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** The same place from the sources and from what they are compiled to. */
const folder = join(import.meta.dirname, '../../../dist/page');

/**
 * By the path of the URL: `/` and what lies below `/page/`. They are read once, so that no path of a request ever leads to a
 * file. Empty where the page was not built.
 */
export function loadPage(): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return files;
  }
  for (const name of names) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const file = { bytes: Uint8Array.from(readFileSync(join(folder, name))), type };
    files.set(`/page/${name}`, file);
    if (name === 'index.html') files.set('/', file);
  }
  return files;
}
