/** The stream of Cyrus: requests that fit no datagram, and a daemon that is killed between commits. */
import { readFile, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeNotify } from '../../src/decode/dlist/encode.ts';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { belfry } from './daemon.ts';
import { linesOf } from './notification.ts';
import { clean, makePlace, serve, untilDelivered } from './place.ts';

const kills = isLong ? 15 : 3;

/** An answer, with the id under which the request is kept. */
const ok = /^OK %\(ID \w+\)\r\n$/;

const requestOf = (message: string): Buffer =>
  encodeNotify({ method: '', class: 'TEST', priority: '', user: '', mailbox: '', options: [], message });

/** Sends one request over a connection of its own; the answer, or undefined when there is none. */
function ask(path: string, bytes: Uint8Array): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (more: string) => {
      answer += more;
      if (answer.endsWith('\r\n')) socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer === '' ? undefined : answer));
    socket.write(bytes);
  });
}

const place = async (lines: readonly string[] = []) => {
  const at = await makePlace(lines);
  const configuration = await readFile(at.configurationFile, 'utf8');
  await writeFile(at.configurationFile, configuration.replace('notifysocket: ', 'notifysocket: dlist:'));
  return at;
};

describe('the stream', () => {
  test('takes requests of 8 MiB, several at a time, whole', async () => {
    const at = await place();
    const daemon = await serve(at);
    const message = (number: number): string => JSON.stringify({ number, filler: 'x'.repeat(8 * 1024 * 1024) });
    const answers = await Promise.all([1, 2, 3, 4].map((number) => ask(at.socket, requestOf(message(number)))));
    expect(answers).toEqual(Array.from({ length: 4 }, () => expect.stringMatching(ok)));
    await untilDelivered(at.journal, 4);
    const lengths = (await linesOf(at.journal)).map((line) => line.length);
    for (const length of lengths) expect(length).toBeGreaterThan(8 * 1024 * 1024);
    expect(await daemon.stop()).toEqual(clean);
  });

  test('is what belfry send speaks, and its answers are printed', async () => {
    const at = await place();
    const daemon = await serve(at);
    const sent = await belfry(['send', '-f', `dlist:${at.socket}`, '-c', 'TEST', '-t', 'hello']);
    expect(sent).toMatchObject({ status: 0 });
    await untilDelivered(at.journal, 1);
    const raw = join(at.directory, 'raw');
    await writeFile(raw, 'NOTIFY nonsense\r\n');
    const refused = await belfry(['send', '-f', `dlist:${at.socket}`, '--raw', raw]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('answered BAD');
    expect(await daemon.stop()).toEqual(clean);
  });

  test('killed between commits, it keeps everything that it has answered OK', async () => {
    const at = await place(['journal_from: beginning', 'retry_schedule: 1s']);
    const kept: number[] = [];
    let number = 0;
    for (let life = 0; life < kills; life += 1) {
      const daemon = await serve(at);
      let alive = true;
      const before = kept.length;
      const client = async (): Promise<void> => {
        while (alive) {
          number += 1;
          const mine = number;
          const answer = await ask(at.socket, requestOf(JSON.stringify({ number: mine })));
          if (ok.test(answer ?? '')) kept.push(mine);
        }
      };
      const clients = Array.from({ length: 8 }, client);
      await until('some answers', () => kept.length > before + 20 + 13 * life);
      daemon.send('SIGKILL');
      await daemon.ended;
      alive = false;
      await Promise.all(clients);
    }
    const daemon = await serve(at);
    const numbers = async (): Promise<ReadonlySet<number>> =>
      new Set((await linesOf(at.journal)).map((line) => Number(/\bnumber\\?":(\d+)/.exec(line)?.[1])));
    const missingOnes = async (): Promise<readonly number[]> => {
      const delivered = await numbers();
      return kept.filter((one) => !delivered.has(one));
    };
    await until('all that was answered OK to be delivered', async () => (await missingOnes()).length === 0);
    process.stdout.write(`  killed ${kills} times: ${kept.length} of ${number} requests answered OK, none lost\n`);
    expect(await daemon.stop()).toEqual(clean);
  });
});
