/** `npm run man`: writes the manual pages and the completion to a directory, dist/documents unless another is named. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents } from './documents.ts';

const [directory = join(import.meta.dirname, '../dist/documents')] = process.argv.slice(2);
// Reproducible builds: https://reproducible-builds.org/specs/source-date-epoch/
const seconds = process.env['SOURCE_DATE_EPOCH'];
const at = seconds === undefined ? new Date() : new Date(Number(seconds) * 1000);
mkdirSync(directory, { recursive: true });
for (const [name, text] of Object.entries(await documents(at.toISOString().slice(0, 10)))) {
  writeFileSync(join(directory, name), text);
  process.stdout.write(`${join(directory, name)}\n`);
}
