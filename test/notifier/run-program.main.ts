/** Runs a program while no descriptor is left, then with all of them free again, and says how each run ended. */
import { closeSync, openSync, readdirSync } from 'node:fs';
import { runProgram } from '../../src/notifier/run-program.ts';

const never = new AbortController().signal;
const run = { argv: ['/bin/true'] as const, environment: {}, input: 'x\n', timeoutMs: 5000 };

await runProgram(run, never);
const before = readdirSync('/proc/self/fd').length;
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
  endings.push(await runProgram(run, never));
  const descriptor = held.pop();
  if (descriptor !== undefined) closeSync(descriptor);
}
for (const descriptor of held) closeSync(descriptor);
endings.push(await runProgram(run, never));
process.stdout.write(JSON.stringify({ endings, leaked: readdirSync('/proc/self/fd').length - before }));
