/**
 * Whether an event costs more than it did: processor time for each, as a multiple of a loop that is measured at the same
 * time, beside the multiples in recorded.json. `npm run bench -- regression`; UPDATE=1 records what it measures. The loop
 * is there because machines differ, and because the same one is slower while others use its caches. The smallest of all runs
 * counts: what else the machine does only adds, up to twice as much, and would be taken for a growth. So the short form
 * makes no further run of a row that has reached its minimum, and more runs of one that has not.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { compileSender, flagsSet } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { type Defer, makeWorkspace, root } from '../e2e/workspace.ts';
import { logBacklog } from './cost/log-backlog.ts';
import { lowLoad } from './cost/low-load.ts';
import { nullBacklog } from './cost/null-backlog.ts';
import type { Row } from './cost/row.ts';
import { Spools } from './cost/waiting.ts';
import { isShort, measuringWithSender, minimumsOf, type Ratios, undoing } from './measuring.ts';
import { serve } from './served.ts';

/** Less than the rows have in `cost`: all of it takes less than a minute. */
const scale = 0.2;
const watched: readonly { readonly row: Row; readonly rounds: number }[] = [
  { row: logBacklog, rounds: 5 },
  { row: nullBacklog, rounds: 5 },
  { row: lowLoad, rounds: 3 },
];
/** What runs that are too slow are given in the short form, before they are taken for a growth. */
const mostRounds = 8;
const name = 'regression';
const titleOf = (row: string): string => `${row}: recorded / now`;
const recordedFile = join(import.meta.dirname, 'recorded.json');

/** Microseconds of processor time for one turn: an event is read, written and checked, as delivering it does. */
function calibrate(text: string): number {
  const turns = 15_000;
  const before = process.cpuUsage();
  let sum = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    const event: object = JSON.parse(text);
    sum += crc32(Buffer.from(`${JSON.stringify({ ...event, turn })}\n`));
  }
  const { user, system } = process.cpuUsage(before);
  return sum > 0 ? (user + system) / turns : Number.NaN;
}

async function measure(defer: Defer): Promise<Ratios> {
  const frame = (await flagsSet()).toString('latin1');
  const text = frame.slice(frame.indexOf('{'), frame.lastIndexOf('}') + 1);
  const directory = await makeWorkspace(defer);
  const sender = await compileSender(directory);
  const spools = new Spools(directory);
  calibrate(text);
  const multiples = new Map<string, number[]>();
  const costs = new Map<string, number[]>();
  const recorded: Record<string, number> = JSON.parse(await readFile(recordedFile, 'utf8'));
  const minimums = await minimumsOf(name);
  const ratioOf = (row: string, multiple: number): number => (recorded[row] ?? 0) / multiple;
  const isReached = (row: string): boolean =>
    (multiples.get(row) ?? []).some((multiple) => ratioOf(row, multiple) >= (minimums[titleOf(row)] ?? Number.NaN));
  for (let round = 0; round < mostRounds; round += 1) {
    for (const { row, rounds } of watched) {
      if (isShort ? isReached(row.name) : round >= rounds) continue;
      const first = calibrate(text);
      const cost = await undoing(async (undo) => {
        const { each } = await row.measure({
          ...{ sender, scale, defer: undo },
          serve: (lines, waiting) =>
            serve(lines, undo, {
              launcher: join(root, 'bin', 'belfry'),
              prepare: async (home) => (waiting === undefined ? undefined : spools.put(waiting, join(home, 'spool'))),
            }),
        });
        return each?.value ?? Number.NaN;
      });
      const loop = (first + calibrate(text)) / 2;
      costs.set(row.name, [...(costs.get(row.name) ?? []), cost]);
      const multiple = Number((cost / loop).toPrecision(3));
      multiples.set(row.name, [...(multiples.get(row.name) ?? []), multiple]);
    }
  }
  const measured = [...multiples].map(([row, all]) => [row, Math.min(...all)] as const);
  printTable('Processor time for an event, as a multiple of a loop that reads, writes and checks one; the smallest', [
    ['row', 'multiple', 'its runs', 'recorded', 'of it', 'us each'],
    ...measured.map(([row, multiple]) => [
      ...[row, multiple, (multiples.get(row) ?? []).map((each) => each.toFixed(1)).join(' '), recorded[row] ?? ''],
      ...[(multiple / (recorded[row] ?? Number.NaN)).toFixed(2), Math.min(...(costs.get(row) ?? [])).toFixed(1)],
    ]),
  ]);
  if (process.env['UPDATE'] === '1') {
    await writeFile(recordedFile, `${JSON.stringify(Object.fromEntries(measured), undefined, 2)}\n`);
  }
  return Object.fromEntries(measured.map(([row, multiple]) => [titleOf(row), ratioOf(row, multiple)]));
}

await measuringWithSender(name, measure);
