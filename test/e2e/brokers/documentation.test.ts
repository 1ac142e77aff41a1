/** What docs/brokers.md says is done as it stands there, with real servers: only the port is another. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { redis } from '../../../src/notifier/redis.ts';
import { blocksIn, root } from '../../documentation/blocks.ts';
import { openMethod } from '../../notifier/open-method.ts';
import { eventNotification } from '../../notifier/samples.ts';
import { until } from '../../support/until.ts';
import { notifierRows } from '../notifier-rows.ts';
import { makePlace, send, serve } from '../place.ts';
import { runSuccessfully } from '../run-program.ts';
import { readNats } from './nats-client.ts';
import { startNats } from './nats-server.ts';
import { startRedis } from './redis-server.ts';
import { needing } from './server.ts';

const blocks = blocksIn('docs/brokers.md');

/** The block of a language that contains these words. */
function block(language: string, words: string): string {
  const found = blocks.find((one) => one.language === language && one.text.includes(words));
  if (found === undefined) throw new Error(`docs/brokers.md has no ${language} with ${words}`);
  return found.text;
}

/** Runs a daemon with a configuration as it is printed, and sends it a notification of john. */
async function deliver(configuration: string, port: number, defaultPort: number): Promise<void> {
  const ported = configuration.replaceAll(`:${defaultPort}`, `:${port}`);
  expect(ported).not.toBe(configuration);
  const notifier = /^notifiers: (\S+)$/m.exec(ported)?.[1] ?? '';
  const lines = ported.split('\n').filter((line) => !line.startsWith('notifiers:'));
  const at = await makePlace(lines, `journal ${notifier}`);
  await serve(at);
  await send(at, '-u', 'john', '-t', 'hello');
  const control = join(at.directory, 'control');
  await until('the delivery', async () => (await notifierRows(control)).get(notifier)?.delivered === 1);
}

const { skipped, title } = needing('the section about Redis', 'redis-cli', 'redis-tools');
describe.skipIf(skipped)(title, () => {
  /** The command as it is printed, for the server on this port. */
  const run = async (words: string, port: number): Promise<string> => {
    const command = block('sh', words).replace('redis-cli', `redis-cli -p ${port}`);
    return (await runSuccessfully('sh', ['-c', command])).stdout;
  };

  test('its configuration delivers, and its command reads that back', async () => {
    const server = await startRedis(onTestFinished);
    await deliver(block('belfry.conf', 'redis'), server.port, 6379);
    expect(await run('XRANGE', server.port)).toMatch(/\nuser\njohn\n(?:.*\n)*.*hello/);
  });

  test('its user may do what belfry does, and no more', async () => {
    const server = await startRedis(onTestFinished);
    expect(await run('ACL', server.port)).toBe('OK\n');
    const open = async (stream: string) => {
      const options = {
        url: `redis://127.0.0.1:${server.port}`,
        user: 'belfry',
        password: 'SECRET',
        database: '1',
        stream,
      };
      const notifier = await openMethod(redis, options);
      onTestFinished(() => notifier.close());
      const delivery = { notification: eventNotification('1'), attempt: 1, lane: '' };
      return (await notifier.notify([delivery], new AbortController().signal))[0];
    };
    expect(await open('belfry:{user}')).toMatchObject({ status: 'delivered' });
    expect(await open('other')).toMatchObject({ status: 'retry', reason: expect.stringContaining('NOPERM') });
  });
});

const nats = needing('the section about NATS', 'nats-server');
describe.skipIf(nats.skipped)(nats.title, () => {
  test('its configuration delivers, and its program reads that back', async () => {
    const server = await startNats(onTestFinished);
    const reader = await readNats(server.port, onTestFinished);
    await reader.addStream({ name: 'MAIL', subjects: ['mail.>'] });
    await deliver(block('belfry.conf', 'nats'), server.port, 4222);
    const program = block('js', 'consume').replace(':4222', `:${server.port}`);
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: root, stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await expect.poll(() => printed, { timeout: 30_000 }).toMatch(/^\S+ mail\._\.john \{\n(?:.*\n)*.*message: 'hello'/);
  });
});
