/** The users of a real Dovecot wait for a belfry that is silent no longer than they are said to, and not at all for one that is gone. */
import { chown, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { dovecot23, mailUser } from './dovecot.ts';
import { makeSite, type Site, titleOf } from './dovecot-site.ts';
import { deliver } from './lmtp.ts';
import { quantile, round } from './quantile.ts';
import { printTable } from './table.ts';
import { makeWorkspace } from './workspace.ts';

/** How long belfry.lua is let wait for a belfry that is silent: far longer than anything else takes on a busy machine. */
const limitMs = 3000;

describe.skipIf(dovecot23.missing !== undefined)(titleOf(dovecot23), () => {
  test('with belfry stopped, and with belfry silent, deliveries and sessions go on', async () => {
    const rows: (readonly (string | number)[])[] = [];
    const measure = async (what: string, { dovecot }: Site): Promise<readonly number[]> => {
      const waits: number[] = [];
      for (let n = 0; n < 5; n++) waits.push(await deliver(dovecot.lmtpPort, ['alice', 'bobby'], `n ${n}`));
      const commands = await createMailboxes(dovecot.imapPort, what.replaceAll(/\W/g, ''), 5);
      const shown = (list: readonly number[]): readonly number[] => [
        round(list[0] ?? 0),
        round(quantile(list.slice(1), 0.5)),
      ];
      rows.push([what, ...shown(waits), ...shown(commands)]);
      return [...waits, ...commands];
    };

    const site = await makeSite(['lua'], { lua: { belfry_timeout_msecs: `${limitMs}`, belfry_pause_secs: '60' } });
    await measure('running', site);
    site.daemon.send('SIGSTOP');
    const silent = await measure('silent', site);
    site.daemon.send('SIGCONT');
    expect(await site.daemon.stop()).toEqual({ status: 0, signal: null });
    const stopped = await measure('stopped', site);
    await until('Dovecot to say that events are lost', async () => (await site.dovecot.logged('are lost')).length > 0);
    await site.dovecot.stop();

    const shared = await makeSite(['lua'], await withPauseFile());
    shared.daemon.send('SIGSTOP');
    const paused = await measure('silent, one pause for all', shared);
    shared.daemon.send('SIGCONT');
    await shared.dovecot.stop();

    const ox = await makeSite(['ox']);
    expect(await ox.daemon.stop()).toEqual({ status: 0, signal: null });
    await measure('stopped, the OX driver alone', ox);

    printTable('What a delivery to two users, and a command of an IMAP session, waits for belfry (ms)', [
      ['belfry is', 'first delivery', 'median of others', 'first command', 'median of others'],
      ...rows,
    ]);
    // Two recipients are two transactions: each may wait for its time. The rest is what Dovecot itself takes.
    expect(Math.max(...silent)).toBeLessThan(4 * limitMs);
    // Whoever does not pause waits for the whole of it, each time.
    expect(quantile(silent.slice(6), 0.5)).toBeLessThan(limitMs / 2);
    expect(quantile(stopped, 0.5)).toBeLessThan(limitMs / 2);
    expect(quantile(paused, 0.5)).toBeLessThan(limitMs / 2);
  });
});

/** A directory that belongs to the owner of all mail. */
async function withPauseFile(): Promise<{ lua: Readonly<Record<string, string>> }> {
  const directory = join(await makeWorkspace(onTestFinished), 'pause');
  await mkdir(directory);
  await chown(directory, mailUser, mailUser);
  return {
    lua: { belfry_timeout_msecs: `${limitMs}`, belfry_pause_secs: '60', belfry_pause_file: join(directory, 'until') },
  };
}

/** How long each of `count` commands took that make a mailbox, in one session of alice. */
async function createMailboxes(port: number, prefix: string, count: number): Promise<readonly number[]> {
  const socket = connect(port, '127.0.0.1');
  try {
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const command = async (tag: string, words: string): Promise<number> => {
      const from = performance.now();
      socket.write(`${tag} ${words}\r\n`);
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error('the IMAP server has hung up');
        if (value.startsWith(`${tag} OK`)) return performance.now() - from;
        if (value.startsWith(`${tag} `)) throw new Error(`${words}: ${value}`);
      }
    };
    await command('a', 'LOGIN alice test');
    const waits: number[] = [];
    for (let n = 0; n < count; n++) waits.push(await command(`b${n}`, `CREATE ${prefix}${n}`));
    return waits;
  } finally {
    socket.destroy();
  }
}
