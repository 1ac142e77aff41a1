/** Ends itself, with a thread that waits in open(2) for the other end of a named pipe when one is given. */
import { open } from 'node:fs/promises';
import { endProcess } from '../../src/os/end-process.ts';

const [pipe] = process.argv.slice(2);
process.on('SIGTERM', () => {});
if (pipe !== undefined) open(pipe, 'r').catch(() => {});
await endProcess();
