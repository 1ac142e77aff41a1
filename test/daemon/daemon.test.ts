import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { methods } from '../../src/notifier/table.ts';
import { reader } from '../config/fixture.ts';
import { scratchDirectory } from '../os/scratch.ts';

const directory = scratchDirectory();

function configure(): Configuration {
  const lines = [
    `configdirectory: ${directory}`,
    `notifysocket: ${join(directory, 'notify')}`,
    'spool_engine: memory',
    'notifiers: a',
    'a_method: null',
  ];
  const read = reader({ 'belfry.conf': lines.map((line) => `${line}\n`).join('') });
  const { configuration } = loadConfiguration('belfry.conf', { methods, read });
  if (configuration === undefined) throw new Error('this is no configuration');
  return configuration;
}

it('stops in the midst of a reload of which a notifier never opens', async () => {
  const configuration = configure();
  const log = pino({ level: 'silent' });
  const output = { write: async () => {} };
  const onFailure = (reason: string): never => {
    throw new Error(reason);
  };
  const daemonLog = { log, output, putLine: () => {}, drain: async () => {}, flushSync: () => {} };
  const daemon = await Daemon.start(configuration, { log: daemonLog, onFailure });
  let isOpening = (): void => {};
  const opening = new Promise<void>((resolve) => {
    isOpening = resolve;
  });
  const open = (): Promise<never> => {
    isOpening();
    return new Promise(() => {});
  };
  const notifiers = configuration.notifiers.map((notifier) => ({ ...notifier, method: { ...notifier.method, open } }));
  const reloaded = expect(daemon.reload({ ...configuration, notifiers })).rejects.toMatchObject({
    code: 'NOTIFIER_OPEN',
    message: expect.stringContaining('notifier a:'),
  });
  await opening;
  await daemon.stop();
  await reloaded;
});
