/** Sleeps in `ready` on a socket to which nobody sends, in this thread or in a worker, and ends in the way it is told. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openDatagramSocket } from '../../src/os/unix-datagram.ts';

const [path, end]: readonly string[] = isMainThread ? process.argv.slice(2) : workerData;
const inWorker = /^worker-(.*)$/.exec(end ?? '')?.[1];

if (inWorker !== undefined) {
  // A worker does not take over the loader of TypeScript by itself.
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import('${import.meta.url}'); })`;
  const worker = new Worker(start, { eval: true, workerData: [path, inWorker] });
  let asleep = false;
  worker.once('message', async () => {
    asleep = true;
    if (inWorker === 'terminated') await worker.terminate();
    if (inWorker === 'outlived') process.exit(41);
  });
  worker.on('error', () => {});
  worker.once('exit', () => {
    process.exitCode ??= asleep ? 42 : 43;
  });
} else {
  const socket = openDatagramSocket({ path: path ?? '' });
  const stop = new AbortController();
  // Another turn of the loop: by then the descriptor is being polled.
  // By time: a thread that is to sleep in the kernel cannot say so when it does.
  setTimeout(() => {
    parentPort?.postMessage('asleep');
    // One more, so that a worker's message is out before the worker is.
    // By time: the same.
    setTimeout(() => {
      if (end === 'exit') process.exit(41);
      if (end === 'throw') throw new Error('uncaught');
      if (end === 'abort') stop.abort();
      if (end === 'close') socket.close();
    }, 20);
  }, 20);
  await socket.ready(stop.signal);
  process.exitCode = 42;
}
