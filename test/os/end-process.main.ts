/** Ends itself, with a thread that waits in open(2) for the other end of a named pipe when one is given. */
import { open } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { endProcess } from '../../src/os/end-process.ts';

const [pipe] = process.argv.slice(2);
process.on('SIGTERM', () => {});
// What has loaded this file may be writing its cache still, which on a busy machine takes longer than threads are given.
while (process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'))) await nextTurn();
if (pipe !== undefined) open(pipe, 'r').catch(() => {});
await endProcess();
