/** Starts the thread that appends, `writer.main.ts`. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export function startWriter(directory: string, batches?: number): Worker {
  const program = JSON.stringify(join(import.meta.dirname, 'writer.main.ts'));
  // A worker does not take over the loader of TypeScript by itself.
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${program}); })`;
  return new Worker(start, { eval: true, workerData: { directory, ...(batches === undefined ? {} : { batches }) } });
}
