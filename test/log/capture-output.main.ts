/** A process whose libraries, and a thread, write where they should not. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { captureOutput } from '../../src/log/capture-output.ts';
import { openDaemonLog } from '../../src/log/daemon-log.ts';

const log = openDaemonLog('info');
const say = captureOutput(log.log);
process.stderr.write('a library complains\nin two lines\n');
process.stdout.write('a library talks\n');
process.stderr.write('in two ');
process.stderr.write('pieces\n');
process.emitWarning('this is old', 'DeprecationWarning', 'DEP0');
await new Promise((resolve) => setImmediate(resolve));
const worker = new Worker("process.stderr.write('from a thread\\n')", { eval: true });
await once(worker, 'exit');
say('said all the same\n');
await log.drain();
