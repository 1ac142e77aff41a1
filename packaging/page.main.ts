/** Part of `npm run build`: makes the web page from `page/`: a module, style and markup, icons, and the library for charts. */
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const source = join(root, 'page');
const [folder = join(root, 'dist/page')] = process.argv.slice(2);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: { main: 'page/main.ts', page: 'page/page.css' },
  outdir: folder,
  bundle: true,
  // uPlot is loaded after the first picture.
  splitting: true,
  chunkNames: 'charts',
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
});
for (const name of readdirSync(source))
  if (/\.(?:html|svg)$/.test(name)) copyFileSync(join(source, name), join(folder, name));
copyFileSync(join(root, 'node_modules/uplot/LICENSE'), join(folder, 'uplot-license.txt'));
