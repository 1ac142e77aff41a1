/** The page as it is built: small, with the licence of what it contains. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '../..');

it('is less than 150 kB in all, and the files are those that the daemon serves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'belfry-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, ['--import', 'tsx', join(root, 'packaging/page.main.ts'), folder], { cwd: root });
  const names = readdirSync(folder).sort();
  expect(names).toEqual([
    ...['charts.js', 'icon-bad.svg', 'icon-ok.svg', 'icon-unknown.svg', 'icon-warning.svg', 'index.html', 'main.js'],
    ...['page.css', 'uplot-license.txt'],
  ]);
  const bytes = names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeLessThan(150_000);
  expect(readFileSync(join(folder, 'uplot-license.txt'), 'utf8')).toContain('Leon Sorokin');
});
