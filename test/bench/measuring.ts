/** The frame of a benchmark: its size, what it needs of the machine, its verdict, and what is undone behind it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { senderIsMissing } from '../e2e/sender.ts';
import type { Defer } from '../e2e/workspace.ts';

/** Whether this is the short form (BENCH_SHORT=1): enough to notice a collapse, too little to quote. */
export const isShort: boolean = process.env['BENCH_SHORT'] === '1';

/** Those that have a short form, by the names of their files, in the order in which they run. */
export const benchmarks: readonly string[] = [
  ...['intake', 'delivery', 'backlog', 'http', 'dlist', 'junk', 'stall', 'datagram-commit', 'watching', 'regression'],
];

/** Those that have none: what they print is to be read. */
export const longBenchmarks: readonly string[] = ['cost', 'system-calls'];

/** Figures that are compared with others of the same run, by what they say: the larger, the better. */
export type Ratios = Readonly<Record<string, number>>;

const minimumsFile = join(import.meta.dirname, 'minimums.json');

/**
 * Calls `measure`, and then what it has deferred, the last first. In the short form the ratios that it answers must reach
 * those that minimums.json has under `name`; where they do not, this process ends with a status other than 0.
 */
export async function measuring(name: string, measure: (defer: Defer) => Promise<Ratios>): Promise<void> {
  const ratios = await undoing(measure);
  if (!isShort || longBenchmarks.includes(name)) return;
  const mistakes = shortfalls(ratios, await minimumsOf(name));
  for (const mistake of mistakes) process.stderr.write(`${name}: ${mistake}\n`);
  if (mistakes.length > 0) process.exitCode = 1;
  else process.stdout.write(`At least what test/bench/minimums.json asks for: ${inWords(ratios)}.\n`);
}

/** The ratios that this benchmark must reach in its short form. */
export async function minimumsOf(name: string): Promise<Ratios> {
  const minimums: Readonly<Record<string, Ratios>> = JSON.parse(await readFile(minimumsFile, 'utf8'));
  return minimums[name] ?? {};
}

/** Calls `act`, and then what it has deferred, the last first, also when it fails. */
export async function undoing<T>(act: (defer: Defer) => Promise<T>): Promise<T> {
  const undo: (() => void | Promise<void>)[] = [];
  try {
    return await act((step) => {
      undo.push(step);
    });
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** `measuring` where the sender in C can be compiled; says so, and fails, where it cannot. */
export async function measuringWithSender(name: string, measure: (defer: Defer) => Promise<Ratios>): Promise<void> {
  const missing = await senderIsMissing();
  if (missing === undefined) return measuring(name, measure);
  process.stderr.write(`${name} is not measured: ${missing}.\n`);
  process.exitCode = 1;
}

/** What is wrong with measured ratios: below their minimum, or one of the two is not there. */
export function shortfalls(ratios: Ratios, minimums: Ratios): readonly string[] {
  const names = new Set([...Object.keys(ratios), ...Object.keys(minimums)]);
  return [...names].flatMap((name) => {
    const [ratio, minimum] = [ratios[name], minimums[name]];
    if (minimum === undefined) return [`"${name}" has no minimum in test/bench/minimums.json`];
    if (ratio === undefined) return [`"${name}" has a minimum in test/bench/minimums.json, and is not measured`];
    // Not a number is no success either.
    return ratio >= minimum ? [] : [`"${name}" is ${ratio.toPrecision(2)}, and must be at least ${minimum}`];
  });
}

const inWords = (ratios: Ratios): string =>
  Object.entries(ratios)
    .map(([name, ratio]) => `${name} ${ratio.toPrecision(2)}`)
    .join(', ');
