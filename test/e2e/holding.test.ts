/** Events that are held back while the daemon is killed again and again: each is delivered, stood for, or read before it was told of. */
import { join } from 'node:path';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { belfry } from './daemon.ts';
import { wholeLinesOf } from './notification.ts';
import { isDrained, notifierRows, untilDrained } from './notifier-rows.ts';
import { clean, makePlace, type Place, serve } from './place.ts';

const kills = 3;
const users = ['a', 'b', 'c', 'd'];
/** Of each user, between two kills. */
const messages = 60;

const uri = (user: string): string => `imap://${user}@imap.example.org/INBOX;UIDVALIDITY=7`;
const common = { timestamp: '2026-11-30T10:00:00.000Z', service: 'imap' };
const arrived = (user: string, uid: number) => ({
  event: 'MessageNew',
  ...common,
  ...{ uri: `${uri(user)}/;UID=${uid}`, user, messageSize: 1 },
});
const read = (user: string, uid: number) => ({
  event: 'MessageRead',
  ...common,
  ...{ uri: uri(user), user, uidset: `${uid}` },
});

async function post(url: string, events: readonly object[]): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { statusCode, body } = await request(url, { method: 'POST', headers, body: JSON.stringify(events) });
  await body.dump();
  expect(statusCode).toBe(202);
}

interface Line {
  readonly id: string;
  readonly user: string;
  readonly coalesced?: number;
  readonly payload: { readonly uri: string };
}

/** What a notifier has delivered, each id once: a kill may cost that something is delivered again. */
async function deliveredTo({ directory }: Place, name: string): Promise<readonly Line[]> {
  const lines = (await wholeLinesOf(join(directory, `${name}.log`))).map((line): Line => JSON.parse(line));
  const byId = new Map(lines.map((line) => [line.id, line]));
  // Repeated, it stands for as many as before.
  for (const line of lines) expect(line.coalesced).toBe(byId.get(line.id)?.coalesced);
  return [...byId.values()];
}

test('what is held back when the daemon is killed is still held, and adds up', async () => {
  const { port } = await freePorts(['port']);
  const at = await makePlace(
    [
      ...['event_groups: message flags', `http_listen: 127.0.0.1:${port}`],
      ...[
        'once_method: log',
        'once_log_file: {configdirectory}/once.log',
        'once_throttle: 1/2s',
        'once_throttle_by: user',
      ],
      ...['quiet_method: log', 'quiet_log_file: {configdirectory}/quiet.log', 'quiet_debounce: 1s'],
      ...['unread_method: log', 'unread_log_file: {configdirectory}/unread.log', 'unread_unless_read: 10s'],
      'unread_events: MessageNew',
    ],
    'journal once quiet unread',
  );
  const url = `http://127.0.0.1:${port}/v1/events`;
  const control = join(at.directory, 'control');
  let daemon = await serve(at);
  let uid = 0;
  for (let round = 0; round <= kills; round += 1) {
    for (let i = 0; i < messages; i += 1) {
      uid += 1;
      await post(
        url,
        users.map((user) => arrived(user, uid)),
      );
      // Every second one is read.
      if (uid % 2 === 0)
        await post(
          url,
          users.map((user) => read(user, uid)),
        );
    }
    if (round === kills) break;
    await until('some to be held', async () => ((await notifierRows(control)).get('unread')?.deferred ?? 0) > 0);
    daemon.send('SIGKILL');
    await daemon.ended;
    daemon = await serve(at);
  }
  await untilDrained(control, 120_000);
  const rows = await notifierRows(control);
  const all = users.length * uid;
  const events = all + all / 2;
  for (const name of ['once', 'quiet']) {
    const lines = await deliveredTo(at, name);
    expect([name, lines.reduce((sum, { coalesced = 1 }) => sum + coalesced, 0)]).toEqual([name, events]);
    expect(lines.length).toBeLessThan(events / 4);
    expect(rows.get(name)).toMatchObject({ delivered: lines.length, coalesced: events - lines.length, dead: 0 });
  }
  const unread = await deliveredTo(at, 'unread');
  const uids = unread.map(({ payload }) => Number(/UID=(\d+)$/.exec(payload.uri)?.[1]));
  const odd = Array.from({ length: uid }, (_, i) => i + 1).filter((one) => one % 2 === 1);
  expect(uids.filter((one) => one % 2 === 1).length).toBe(all / 2);
  for (const one of odd) expect(uids.filter((other) => other === one)).toHaveLength(users.length);
  expect(uids.filter((one) => one % 2 === 0)).toEqual([]);
  expect([...rows.values()].every(isDrained)).toBe(true);
  const { status, stdout } = await belfry(['queue', '--audit', '-C', at.configurationFile]);
  expect([status, stdout]).toEqual([0, expect.stringContaining('COALESCED')]);
  expect(await daemon.stop()).toEqual(clean);
});
