import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { askDaemon } from '../../src/admin/control-client.ts';
import type { AdminAnswer } from '../../src/admin/protocol.ts';
import type { Configuration } from '../../src/config/configuration.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { methods } from '../../src/notifier/table.ts';
import { reader } from '../config/fixture.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { until } from '../support/until.ts';
import { openMemoryEngine } from './memory-engine.ts';

const directory = scratchDirectory();

function configure(...more: readonly string[]): Configuration {
  const lines = [
    `configdirectory: ${directory}`,
    `notifysocket: ${join(directory, 'notify')}`,
    'notifiers: a',
    'a_method: null',
    ...more,
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
  const daemon = await Daemon.start(configuration, { log: daemonLog, onFailure, openEngine: openMemoryEngine });
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

/** Of the sockets whose files were removed, each as it is named in the log. */
async function startLogged(configuration: Configuration) {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const daemonLog = {
    ...{ log, output: { write: async () => {} }, putLine: () => {} },
    ...{ drain: async () => {}, flushSync: () => {} },
  };
  const daemon = await Daemon.start(configuration, {
    ...{ log: daemonLog, openEngine: openMemoryEngine },
    onFailure: (reason) => {
      throw new Error(reason);
    },
  });
  return {
    daemon,
    reopened: () => lines.filter((line) => line['level'] === 40 && ('socket' in line || 'control' in line)),
  };
}

describe('a socket whose file is removed while the daemon runs', () => {
  it('is opened again, that for commands too', async () => {
    const { daemon, reopened } = await startLogged(configure());
    const control = join(directory, 'control');
    const status = async (): Promise<readonly AdminAnswer[]> => {
      const answers: AdminAnswer[] = [];
      for await (const answer of (await askDaemon(control, { command: 'status' })) ?? []) answers.push(answer);
      return answers;
    };
    const before = await status();
    expect(before.length).toBeGreaterThan(0);
    rmSync(control);
    expect(await status()).toEqual([]);
    await until(() => reopened().length > 0);
    expect(reopened()).toMatchObject([{ socket: control }]);
    expect(await status()).toEqual(before);
    await daemon.stop();
    expect(existsSync(control)).toBe(false);
  });

  it('is opened again, one for HTTP too', async () => {
    const socketPath = join(directory, 'http');
    const { daemon, reopened } = await startLogged(configure(`http_listen: ${socketPath}`));
    const post = async (): Promise<number | undefined> => {
      const asked = request({ socketPath, path: '/v1/events', method: 'POST', agent: false });
      asked.setHeader('content-type', 'application/json').end('{"event":"MessageNew"}');
      const [answer] = await once(asked, 'response');
      answer.resume();
      return answer.statusCode;
    };
    expect(await post()).toBe(202);
    rmSync(socketPath);
    await expect(post()).rejects.toMatchObject({ code: 'ENOENT' });
    await until(() => reopened().length > 0);
    expect(reopened()).toMatchObject([{ socket: socketPath }]);
    expect(await post()).toBe(202);
    await daemon.stop();
  });
});
