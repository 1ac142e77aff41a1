/** An entry that ends the real process: by hanging, by taking all memory, by a crash. It is found, and all others are delivered. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { belfry, type Daemon, startDaemon } from './daemon.ts';
import { startLocalServer, textOf } from './local-server.ts';
import { makeWorkspace } from './workspace.ts';

/** Loaded into the daemon before its own code: ends it where the poison is read, or sent. */
const preload = `
import channel from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
const { POISON_AT: at, POISON_HOW: how, POISON_MARK: mark } = process.env;
function end() {
  writeFileSync(mark, how);
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  const hoard = [];
  for (;;) if (how === 'heap') hoard.push(new Array(100_000).fill(1.5));
}
const { parse } = JSON;
JSON.parse = (text, ...rest) => {
  if (at === 'examined' && typeof text === 'string' && text.includes('POISON')) end();
  return parse(text, ...rest);
};
channel.subscribe('undici:request:create', ({ request }) => {
  if (at === 'sent' && String(request.body).includes('POISON')) end();
});
`;

const count = 40;
const poison = 25;

test.each([
  ['examined', 'hang'],
  ['examined', 'heap'],
  ['sent', 'kill'],
  ['sent', 'heap'],
  ['answered', 'kill'],
])('an entry that ends the process when it is %s (%s) becomes a dead letter', async (at, how) => {
  const directory = await makeWorkspace(onTestFinished);
  const [socket, mark] = [join(directory, 'notify'), join(directory, 'mark')];
  const taken = new Set<string>();
  let daemon: Daemon | undefined;
  const { url } = await startLocalServer((request, response) => {
    void textOf(request).then((body) => {
      if (at === 'answered' && body.includes('POISON')) daemon?.send('SIGKILL');
      else {
        taken.add(JSON.parse(body).user);
        response.writeHead(204).end();
      }
    });
  }, onTestFinished);
  await writeFile(join(directory, 'preload.mjs'), preload);
  const configuration = join(directory, 'belfry.conf');
  const lines = [
    `configdirectory: ${directory}`,
    `notifysocket: ${socket}`,
    'notifiers: hook',
    'hook_method: webhook',
    `hook_webhook_url: ${url}`,
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  const events = Array.from({ length: count }, (_, i) => ({
    event: 'MessageNew',
    uri: `imap://h/user/u${i};UIDVALIDITY=5/;UID=${i + 1}`,
    user: i === poison ? 'POISON' : `u${i}`,
    messageSize: 10,
  }));
  await writeFile(join(directory, 'events.json'), events.map((event) => JSON.stringify(event)).join('\n'));

  const env = {
    ...{ POISON_AT: at, POISON_HOW: how, POISON_MARK: mark },
    NODE_OPTIONS: `--import=${join(directory, 'preload.mjs')} --max-old-space-size=120`,
  };
  const words = ['serve', '-C', configuration];
  let deaths = 0;
  for (;;) {
    const life = await startDaemon(words, onTestFinished, { env, unready: true });
    daemon = life;
    let ended = false;
    void life.ended.then(() => {
      ended = true;
    });
    const isMarked = (): boolean => how === 'hang' && existsSync(mark);
    await until('the daemon to be ready or to end', () => ended || isMarked() || life.output().includes('"ready"'));
    if (deaths === 0 && taken.size === 0)
      await belfry(['send', '-f', socket, '--event', join(directory, 'events.json')]);
    await until('all to be delivered, or the daemon to end', () => ended || isMarked() || taken.size === count - 1);
    if (isMarked()) life.send('SIGKILL');
    // It may be about to end, or not to have recorded all yet.
    const isDead = async (): Promise<boolean> => {
      const { stdout } = await belfry(['dead', 'list', '-C', configuration, '--json']);
      return stdout.includes('crashed belfry');
    };
    await until('the end or the dead letter', async () => ended || isMarked() || (await isDead()));
    if (isMarked()) life.send('SIGKILL');
    if (!ended && !isMarked()) break;
    await life.ended;
    await rm(mark, { force: true });
    deaths += 1;
    expect(deaths).toBeLessThanOrEqual(4);
  }
  await until('all others to be delivered', () => taken.size === count - 1);
  expect(deaths).toBeGreaterThanOrEqual(2);
  const { stdout } = await belfry(['dead', 'list', '-C', configuration, '--json']);
  const letters = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(letters).toMatchObject([{ notifier: at === 'examined' ? 'unusable' : 'hook' }]);
  expect(await daemon?.stop()).toEqual({ status: 0, signal: null });
  process.stdout.write(`  ${at}, ${how}: ended the process ${deaths} times\n`);
});
