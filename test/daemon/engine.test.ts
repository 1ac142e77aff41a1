import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { Client } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import type { SocketSetting } from '../../src/config/configuration.ts';
import { load } from '../config/fixture.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { openMemoryEngine } from './memory-engine.ts';

const directory = scratchDirectory();

it('renews all sockets or none, also where the one that cannot be renewed is the last', async () => {
  const { configuration } = load([]);
  if (configuration === undefined) throw new Error('this is no configuration');
  const fail = (reason: string): never => {
    throw new Error(reason);
  };
  const log = pino({ enabled: false });
  const parts = { log, putLine: () => {}, onDiscard: () => {}, onSocketShutDown: fail, onFailure: fail };
  const engine = await openMemoryEngine(configuration, parts);
  const socket = (name: string, token: string): SocketSetting => ({
    ...{ transport: 'http', name, path: join(directory, name), mode: 0o600, maxBodyBytes: 1024, maxConnections: 10 },
    authentication: { token: { file: join(directory, token) } },
  });
  writeFileSync(join(directory, 'old'), 'old\n');
  copyFileSync(join(directory, 'old'), join(directory, 'file'));
  const listening = [
    await engine.intakes.listen(socket('a', 'file')),
    await engine.intakes.listen(socket('b', 'file')),
  ];
  onTestFinished(async () => {
    for (const one of listening) await one.stop();
    await engine.close();
  });
  const answerOf = async (name: string, token: string): Promise<number> => {
    const client = new Client('http://belfry', { socketPath: join(directory, name) });
    onTestFinished(() => client.close());
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await client.request({ method: 'GET', path: '/', headers });
    await answer.body.dump();
    return answer.statusCode;
  };
  writeFileSync(join(directory, 'file'), 'new\n');
  const [a, b] = listening;
  if (a === undefined || b === undefined) throw new Error('they are not open');
  const renewed = engine.intakes.renew([
    [a, socket('a', 'file')],
    [b, socket('b', 'absent')],
  ]);
  await expect(renewed).rejects.toMatchObject({ code: 'NO_INPUT' });
  // 404: believed, and there is nothing at that path.
  for (const name of ['a', 'b']) expect([await answerOf(name, 'old'), await answerOf(name, 'new')]).toEqual([404, 401]);
  await engine.intakes.renew([
    [a, socket('a', 'file')],
    [b, socket('b', 'file')],
  ]);
  for (const name of ['a', 'b']) expect([await answerOf(name, 'old'), await answerOf(name, 'new')]).toEqual([401, 404]);
});
