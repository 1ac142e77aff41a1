/** A command of which a part fails where nobody catches it: as a rejection, or as an exception in a thread. */
import { Worker } from 'node:worker_threads';
import { failOnUncaught } from '../../src/cli/failure.ts';
import { processIo } from '../../src/cli/io.ts';

failOnUncaught(processIo);
const [how] = process.argv.slice(2);
const boom = (): never => {
  throw new TypeError('boom\nand more');
};
if (how === 'rejection') void Promise.resolve().then(boom);
else if (how === 'thread') new Worker('throw new TypeError("boom")', { eval: true });
else setImmediate(boom);
// It would go on for ever.
setInterval(() => {}, 1000);
