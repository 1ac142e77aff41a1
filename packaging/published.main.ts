/** Part of `npm run build`: writes what belfry publishes to a directory, `dist` unless another is named. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { published } from './published.ts';

const [directory = join(import.meta.dirname, '../dist')] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
// The types stand in `types/` already.
const { 'events.d.ts': _, ...files } = await published();
for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
