/** Runs a program, by the way that the argument names, while no descriptor is left, then with all of them free again, and says how each run ended. */
import { closeSync, openSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../../src/notifier/program/run-program.ts';
import { wayCalled } from './ways.ts';

const [way] = process.argv.slice(2);
const start = wayCalled(way);
const never = new AbortController().signal;
const run = { argv: ['/bin/true'] as const, environment: {}, input: 'x\n' };

const openNow = (): number => readdirSync('/proc/self/fd').length;

/** How many there are once they are no more than `most`, or have stayed the same for a while: pipes are closed soon after a run. */
async function settled(most: number): Promise<number> {
  let count = openNow();
  for (let same = 0; same < 50 && count > most; same += 1) {
    // By time: that no pipe is closed any more shows only in that their number stays.
    await sleep(10);
    const next = openNow();
    if (next !== count) same = 0;
    count = next;
  }
  return count;
}

await runProgram(run, never, new Set(), start);
const before = await settled(0);
const held: number[] = [];
let starved = false;
while (!starved) {
  try {
    held.push(openSync('/dev/null', 'r'));
  } catch {
    starved = true;
  }
}
const endings: unknown[] = [];
// From none left to as many as a run needs: each time it fails at another place.
for (let left = 0; left < 10; left += 1) {
  endings.push(await runProgram(run, never, new Set(), start));
  const descriptor = held.pop();
  if (descriptor !== undefined) closeSync(descriptor);
}
for (const descriptor of held) closeSync(descriptor);
endings.push(await runProgram(run, never, new Set(), start));
process.stdout.write(JSON.stringify({ endings, leaked: (await settled(before)) - before }));
