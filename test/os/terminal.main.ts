/** A process in a terminal that writes down what SIGHUP finds of it. */
import { renameSync, writeFileSync } from 'node:fs';
import { watchTerminal } from '../../src/os/terminal.ts';

const [report = ''] = process.argv.slice(2);
const isGone = watchTerminal();
// By time: a limit, which a run that passes does not reach.
const waiting = setTimeout(() => {}, 60_000);
process.stdout.on('error', () => {});
process.on('SIGHUP', () => {
  writeFileSync(`${report}.new`, `gone: ${isGone?.()}`);
  renameSync(`${report}.new`, report);
  clearTimeout(waiting);
});
process.stdout.write('ready\n');
