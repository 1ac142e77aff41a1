/**
 * What belfry costs: processor time of all its threads for an event, beside what it was before and what it should be. The
 * rows alternate, and each run has a daemon of its own. `npm run bench -- cost`; ROWS="log null" measures only these,
 * ROUNDS=5 makes more runs of each, and BESIDE=/another/checkout (built) measures that one in turn with this.
 */
import { join } from 'node:path';
import { compileSender } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { makeWorkspace, root } from '../e2e/workspace.ts';
import type { Figure, Measurement, Row } from './cost/row.ts';
import { rows } from './cost/rows.ts';
import { Spools } from './cost/waiting.ts';
import { measuringWithSender, undoing } from './measuring.ts';
import { median, serve } from './served.ts';

const rounds = Number(process.env['ROUNDS'] ?? 3);
const scale = Number(process.env['SCALE'] ?? 1);
const wanted = process.env['ROWS']?.split(' ');
const beside = process.env['BESIDE'];
const builds = beside === undefined ? [root] : [beside, root];

/** Of a figure and a build, what each run has measured. */
type Runs = Map<string, Measurement[]>;

await measuringWithSender('cost', async (defer) => {
  const chosen = rows.filter(({ name }) => wanted?.includes(name) ?? true);
  if (chosen.length === 0) throw new Error(`there are the rows ${rows.map(({ name }) => name).join(', ')}`);
  const directory = await makeWorkspace(defer);
  const sender = await compileSender(directory);
  const spools = new Spools(directory);
  const runs: Runs = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const row of chosen) {
      if (round >= (row.rounds ?? rounds)) continue;
      for (const build of builds) {
        await undoing(async (undo) => {
          const measured = await row.measure({
            ...{ sender, scale, defer: undo },
            serve: (lines, waiting) => serve(lines, undo, serving(build, spools, waiting)),
          });
          for (const [name, measurement] of Object.entries(measured)) add(runs, keyOf(row, name, build), measurement);
        });
      }
    }
  }
  print(chosen, runs);
  return {};
});

function serving(build: string, spools: Spools, waiting: number | undefined) {
  const launcher = join(build, 'bin', 'belfry');
  if (waiting === undefined) return { launcher };
  return { launcher, prepare: (home: string) => spools.put(waiting, join(home, 'spool')) };
}

function keyOf(row: Row, figure: string, build: string): string {
  return `${row.name} ${figure} ${build}`;
}

function add(runs: Runs, key: string, measurement: Measurement): void {
  runs.set(key, [...(runs.get(key) ?? []), measurement]);
}

function print(chosen: readonly Row[], runs: Runs): void {
  const heading = [
    ...['row', 'figure', 'unit', 'before', ...(beside === undefined ? [] : ['beside', 'its runs']), 'now', 'its runs'],
    ...['target', 'per second', 'for comparison', 'ratio'],
  ];
  const lines = chosen.flatMap((row) =>
    Object.entries(row.figures).map(([name, figure]) => {
      const own = runs.get(keyOf(row, name, root)) ?? [];
      const other = beside === undefined ? [] : described(figure, runs.get(keyOf(row, name, beside)) ?? []);
      const perSecond = middle(own.map((run) => run.perSecond));
      return [
        ...[row.name, figure.what, figure.unit, figure.before, ...other, ...described(figure, own), figure.target],
        ...[perSecond === undefined ? '' : Math.round(perSecond), ...compared(own)],
      ];
    }),
  );
  printTable(`Processor time of all threads of belfry for an event; medians of ${rounds} alternating runs`, [
    heading,
    ...lines,
  ]);
}

/** The median and every run. */
function described({ unit }: Figure, runs: readonly Measurement[]): readonly (string | number)[] {
  const shown = (value: number): number =>
    unit === 'us' && value < 100 ? Number(value.toFixed(1)) : Math.round(value);
  const values = runs.map(({ value }) => value);
  return [shown(median(values)), values.map(shown).join(' ')];
}

/** What it is compared with, and the ratio: of the rates where there are two, else of the costs. */
function compared(runs: readonly Measurement[]): readonly string[] {
  const what = runs[0]?.limit?.what;
  if (what === undefined) return ['', ''];
  const [value, limit] = [middle(runs.map((run) => run.value)), middle(runs.map((run) => run.limit?.value))];
  const rates = [middle(runs.map((run) => run.perSecond)), middle(runs.map((run) => run.limit?.perSecond))];
  const each = limit === undefined ? '' : ` ${limit.toFixed(1)} us`;
  const rate = rates[1] === undefined ? '' : `, ${Math.round(rates[1])} a second`;
  const ratio = (a?: number, b?: number): string => (a === undefined || b === undefined ? '' : (a / b).toFixed(2));
  return [`${what}:${each}${rate}`, `rate ${ratio(...rates)}, cost ${ratio(value, limit)}`];
}

function middle(values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => value ?? []);
  return known.length === 0 ? undefined : median(known);
}
