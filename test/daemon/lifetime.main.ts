/** A daemon that tells itself to stop, and then waits for ever for a reader of its log. */
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfiguration } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { manageLifetime } from '../../src/daemon/lifetime.ts';
import { Supervision } from '../../src/daemon/supervision.ts';
import { methods } from '../../src/notifier/table.ts';
import { reader } from '../config/fixture.ts';
import { openMemoryEngine } from './memory-engine.ts';

const [directory = ''] = process.argv.slice(2);
const lines = [`configdirectory: ${directory}`, `notifysocket: ${join(directory, 'notify')}`, 'shutdown_grace: 0s'];
const read = reader({ 'belfry.conf': lines.map((line) => `${line}\n`).join('') });
const { configuration, problems } = loadConfiguration('belfry.conf', { methods, read });
if (configuration === undefined) throw new Error(JSON.stringify(problems));
const said = (line: string): void => void process.stdout.write(line);
const log = {
  log: pino({ level: 'fatal' }, { write: said }),
  output: { write: async () => {} },
  putLine: said,
  drain: () => new Promise<never>(() => {}),
  flushSync() {},
};
const daemon = await Daemon.start(configuration, {
  log,
  openEngine: openMemoryEngine,
  onFailure(reason) {
    throw new Error(reason);
  },
});
const supervision = new Supervision(undefined, { log: log.log, monotonicMs: () => performance.now() });
const socketShutDown = new Promise<never>(() => {});
manageLifetime(daemon, { file: 'belfry.conf', log, supervision, socketShutDown, stopPatienceMs: 50 });
// What a reader of the log is to the process, in truth.
setInterval(() => {}, 1000);
process.kill(process.pid, 'SIGTERM');
