/**
 * Lets every reader of hostile text read texts of three lengths, each twice the one before, and prints as JSON how many steps
 * it made for each. A program of its own, because V8 must have compiled nothing of the sources before it counts.
 */
import { pathToFileURL } from 'node:url';
import { countSteps } from './step-counter.ts';

const [directory = '', list = ''] = process.argv.slice(2);
const counter = countSteps(pathToFileURL(directory).href);
const { trials } = (await import(pathToFileURL(list).href)) as typeof import('./trials.ts');

const found: Record<string, readonly number[]> = {};
for (const { name, lengths, prepare } of trials()) {
  const steps: number[] = [];
  for (const length of lengths) {
    const read = prepare(length);
    counter.take();
    await read();
    steps.push(counter.take());
  }
  found[name] = steps;
}
process.stdout.write(JSON.stringify(found));
