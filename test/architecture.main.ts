/**
 * Prints what `src/` is made of: its modules in their layers, what each imports, and cycles.
 *
 *     npx tsx test/architecture.main.ts [SOURCE]
 *
 * SOURCE is another tree to look at, as `src/` of an older version.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cyclesOf, layersOf, moduleOf, readModuleGraph } from './support/module-graph.ts';

const [source = join(import.meta.dirname, '../src')] = process.argv.slice(2);
const { files, edges } = readModuleGraph(source);
const layers = layersOf(edges);
const cycles = cyclesOf(edges);
const lines = files
  .map((file) => readFileSync(join(source, file), 'utf8').split('\n').length - 1)
  .sort((a, b) => a - b);
const total = lines.reduce((sum, of) => sum + of, 0);
const imports = [...edges.values()].reduce((sum, to) => sum + to.length, 0);

const say = (text: string): void => void process.stdout.write(`${text}\n`);
for (const [at, names] of [...(layers ?? [[...edges.keys()]])].entries()) {
  say(layers === undefined ? 'No layers, because there is a cycle' : `Layer ${at + 1}`);
  for (const name of names) {
    const number = files.filter((file) => moduleOf(file) === name).length;
    const to = edges.get(name) ?? [];
    say(`  ${name} (${number}): ${to.length === 0 ? 'nothing of ours' : to.join(', ')}`);
  }
}
for (const cycle of cycles) say(`Cycle: ${cycle.join(', ')}`);
say(
  `${edges.size} modules, ${layers?.length ?? 'no'} layers, ${imports} imports between modules, ${cycles.length} cycles; ` +
    `${files.length} files, ${total} lines, median ${lines[Math.floor(lines.length / 2)]}, longest ${lines.at(-1)}`,
);
