/** Runs a shell script, by the way that the first argument names, and waits for its end: the test kills this process before. */
import { runProgram } from '../../../src/notifier/program/run-program.ts';
import { wayCalled } from './ways.ts';

const [way, script = ''] = process.argv.slice(2);
const program = { argv: ['/bin/sh', '-c', script] as const, environment: { PATH: '/usr/bin:/bin' }, input: 'event\n' };
await runProgram(program, new AbortController().signal, new Set(), wayCalled(way));
