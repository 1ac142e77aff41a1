/** Which arrivals a sender seems to have lost, also while nobody read its socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailEvent } from '../../src/base/event.ts';
import type { Entry } from '../../src/base/request.ts';
import { SuspectedLosses } from '../../src/daemon/suspected-losses.ts';
import { Counts } from '../../src/dispatch/count.ts';
import { openLmdbSpool } from '../../src/spool/lmdb/lmdb-spool.ts';
import { type Spool, unusableConsumer } from '../../src/spool/spool.ts';

const day = 86_400_000;
let directory: string;
let now = Date.UTC(2026, 10, 21);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'belfry-losses-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const eventOf = ({ request }: Entry): MailEvent => JSON.parse(Buffer.from(request.bytes).toString());

/** A life of the daemon: its spool, what it remembers, and how many arrivals it misses. */
async function begin(retentionMs = day) {
  const spool = await openLmdbSpool({ directory, maxBytes: 2 ** 24, retentionMs, now: () => now, random: Math.random });
  await spool.consumer(unusableConsumer, 0);
  const counts = new Counts();
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const losses = new SuspectedLosses({ log, counts, now: () => now });
  await losses.begin(spool, eventOf);
  return { spool, losses, lines, suspected: () => counts.all().reduce((sum, { count }) => sum + count, 0) };
}

/** Appends an arrival of each UID, and shows them as the consumer of unusable requests does, whose cursor follows. */
async function arrive(
  spool: Spool,
  losses: SuspectedLosses,
  uids: readonly number[],
  isCommitted = true,
): Promise<void> {
  const uri = (uid: number): string => `imap://h/user/john;UIDVALIDITY=7/;UID=${uid}`;
  const requests = uids.map((uid) => ({
    format: 'event' as const,
    bytes: Buffer.from(JSON.stringify({ event: 'MessageNew', uri: uri(uid) })),
  }));
  const { first } = await spool.append(requests);
  for (const entry of await spool.read(first - 1, uids.length)) losses.see(entry, eventOf(entry));
  if (isCommitted) await spool.commit(unusableConsumer, { cursor: first + uids.length - 1 });
}

describe('suspected losses', () => {
  it('are noticed by the first arrival after a restart', async () => {
    const before = await begin();
    await arrive(before.spool, before.losses, [1, 2, 3]);
    await before.losses.save();
    await before.spool.close();
    const after = await begin();
    await arrive(after.spool, after.losses, [6]);
    expect(after.suspected()).toBe(2);
    expect(after.lines.join('')).toContain('"first":4,"last":5');
    await after.spool.close();
  });

  it('are noticed after a crash, too: what came since the last saving is looked at again, without a word', async () => {
    const before = await begin();
    await arrive(before.spool, before.losses, [1]);
    await before.losses.save();
    await arrive(before.spool, before.losses, [2, 3, 8]);
    expect(before.suspected()).toBe(4);
    await before.spool.close();
    const after = await begin();
    expect(after.suspected()).toBe(0);
    await arrive(after.spool, after.losses, [9, 11]);
    expect(after.suspected()).toBe(1);
    await arrive(after.spool, after.losses, [5]);
    expect(after.suspected()).toBe(0);
    await after.spool.close();
  });

  it('count no entry twice that the consumer had not passed yet when the daemon died', async () => {
    const before = await begin();
    await arrive(before.spool, before.losses, [1, 4], false);
    await before.losses.save();
    await before.spool.close();
    const after = await begin();
    for (const entry of await after.spool.read(0, 10)) after.losses.see(entry, eventOf(entry));
    expect(after.suspected()).toBe(0);
    await arrive(after.spool, after.losses, [5]);
    expect(after.suspected()).toBe(0);
    await after.spool.close();
  });

  it('are not made up where entries in between are gone', async () => {
    const before = await begin(0);
    await arrive(before.spool, before.losses, [1]);
    await before.losses.save();
    await arrive(before.spool, before.losses, [2, 3]);
    // Trimming comes with what is appended, a stretch at a time.
    let uid = 3;
    while ((await before.spool.state()).first <= 2) {
      now += day;
      uid += 1;
      await arrive(before.spool, before.losses, [uid]);
      expect(uid).toBeLessThan(1000);
    }
    await before.spool.close();
    const after = await begin(0);
    await arrive(after.spool, after.losses, [uid + 1]);
    expect(after.suspected()).toBe(0);
    await after.spool.close();
  });

  it('begin anew, and say so, where what is remembered cannot be read', async () => {
    const before = await begin();
    await arrive(before.spool, before.losses, [1]);
    await before.spool.memory.remember('arrivals', Buffer.from('short'));
    await before.spool.close();
    for (const bytes of [Buffer.concat([Buffer.alloc(8), Buffer.from('[["a"]]')]), Buffer.from('\0'.repeat(8))]) {
      const after = await begin();
      await after.spool.memory.remember('arrivals', bytes);
      await arrive(after.spool, after.losses, [9]);
      expect(after.suspected()).toBe(0);
      await after.spool.close();
    }
  });

  it('save nothing twice, and outlive a spool that cannot save', async () => {
    const { spool, losses, lines } = await begin();
    await losses.save();
    expect(await spool.memory.recall('arrivals')).toBeUndefined();
    await arrive(spool, losses, [1]);
    await spool.close();
    await losses.save();
    expect(lines).toHaveLength(1);
  });
});
