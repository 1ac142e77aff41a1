/** Damaged pages: LMDB ends the process when it meets one, so they must be found before, and the rest be kept. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endOf } from '../../../../src/spool/lmdb/disk/file-check.ts';
import type { Salvaged } from '../../../../src/spool/lmdb/repair/salvage.ts';
import { unfinishedOf } from '../../../../src/spool/tally.ts';
import { rawRequest } from '../../../contract/spool.ts';
import { scratchSpools } from '../scratch.ts';

const scratch = scratchSpools();
const pageLength = 4096;
const requests = 300;

/** Two notifiers; one has deferred entries in two lanes, dead letters, and most still before it. */
async function filled(): Promise<string> {
  const directory = scratch.directory();
  const spool = await scratch.open(directory);
  for (const name of ['a', 'b']) await spool.consumer(name);
  for (let i = 0; i < requests; i += 100) {
    await spool.append(Array.from({ length: 100 }, (_, at) => rawRequest(`request ${i + at + 1} `.padEnd(200, 'x'))));
  }
  const defer = [3, 5, 7].map((position) => ({
    position,
    lane: `lane ${position % 2}`,
    dueAt: position,
    attempts: [],
  }));
  const addDead = (await spool.read(7, 2)).map((entry) => ({ entry, lane: 'x', at: 1, reason: 'no', attempts: [] }));
  await spool.commit('a', { cursor: 9, defer, addDead, tally: { delivered: 4 } });
  await spool.commit('b', { cursor: requests, tally: { delivered: requests } });
  await spool.close();
  return directory;
}

/** A copy of it, as a process has left it that was killed. */
function copyOf(directory: string, marker = 'open\n'): string {
  const copy = scratch.directory();
  cpSync(directory, copy, { recursive: true });
  writeFileSync(join(copy, 'in-use'), marker);
  return copy;
}

function change(directory: string, page: number, edit: (bytes: Buffer) => void): void {
  const file = openSync(join(directory, 'spool.mdb'), 'r+');
  const bytes = Buffer.alloc(pageLength);
  readSync(file, bytes, 0, pageLength, page * pageLength);
  edit(bytes);
  writeSync(file, bytes, 0, pageLength, page * pageLength);
  closeSync(file);
}

function pagesOf(directory: string): number {
  const file = openSync(join(directory, 'spool.mdb'), 'r');
  try {
    return endOf(file) / pageLength;
  } finally {
    closeSync(file);
  }
}

/** The bounds of its free space, where LMDB does not expect them. */
const crossBounds = (bytes: Buffer): void => {
  bytes.writeUInt16LE(3000, 20);
  bytes.writeUInt16LE(100, 22);
};

async function opened(directory: string) {
  const salvaged: Salvaged[] = [];
  const damaged: number[] = [];
  const spool = await scratch.open(directory, {
    onSalvaged: (_, what) => salvaged.push(what),
    onDamaged: (first) => damaged.push(first),
  });
  return { spool, salvaged, damaged };
}

async function textsOf(spool: Awaited<ReturnType<typeof opened>>['spool']): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let after = 0; ; ) {
    const page = await spool.read(after, 100);
    const last = page.at(-1);
    if (last === undefined) return texts;
    texts.push(...page.map(({ request }) => `${request.bytes}`.trim().split(' x')[0] ?? ''));
    after = last.position;
  }
}

describe('a damaged page', () => {
  it('wherever it is ends no process, costs no more than its rows, and what is whole goes on', async () => {
    const directory = await filled();
    const pages = pagesOf(directory);
    let replaced = 0;
    for (let page = 2; page < pages; page++) {
      const copy = copyOf(directory);
      change(copy, page, crossBounds);
      const { spool, salvaged } = await opened(copy);
      const [what] = salvaged;
      const { last } = await spool.state();
      if (what !== undefined) {
        replaced++;
        expect(readdirSync(copy).some((name) => name.startsWith('spool.mdb.damaged-'))).toBe(true);
        // One flaw at a time, and only what stood on that page is gone.
        expect(what.flaws.length).toBeLessThanOrEqual(1);
      }
      for (const state of (await spool.state()).consumers) {
        // Waiting, deferred and dead: no more than there was, and the accounts add up.
        const { cursor, deferred, ahead } = state;
        expect(unfinishedOf(state, last) - deferred).toBe(last - cursor - ahead);
      }
      for (const name of ['a', 'b']) await spool.consumer(name);
      expect((await spool.append([rawRequest('more')])).first).toBe(last + 1);
      expect((await textsOf(spool)).at(-1)).toBe('more');
      for (const { position } of await spool.deferred('a', 0, 10))
        await spool.commit('a', { removeDeferred: [position] });
      for (const { entry } of await spool.dead('a', 0, 10)) await spool.commit('a', { removeDead: [entry.position] });
      await spool.close();
      const again = await opened(copy);
      expect(again.salvaged).toEqual([]);
      await again.spool.close();
    }
    // Others are free, or hold the bytes of long values.
    expect(replaced).toBeGreaterThan(8);
  }, 240_000);

  it('is not looked for when the last process has closed the spool', async () => {
    const directory = await filled();
    expect(existsSync(join(directory, 'in-use'))).toBe(false);
    const { spool } = await opened(directory);
    expect(readFileSync(join(directory, 'in-use'), 'latin1')).toBe('open\n');
    await spool.close();
  });
});

describe('a spool that has ended two processes while they opened it', () => {
  it('is replaced by one with all that is in it', async () => {
    const directory = await filled();
    const copy = copyOf(directory, 'opening 2\n');
    const { spool, salvaged } = await opened(copy);
    expect(salvaged).toEqual([{ requests, notifiers: 2, deferred: 3, dead: 2, lost: {}, flaws: [] }]);
    const before = await opened(directory);
    expect(await spool.state()).toEqual(await before.spool.state());
    expect(await textsOf(spool)).toEqual(await textsOf(before.spool));
    expect((await spool.read(0, 1))[0]?.id).toBe((await before.spool.read(0, 1))[0]?.id);
    expect(await spool.lane('a', 'lane 1', 9)).toEqual(await before.spool.lane('a', 'lane 1', 9));
    expect(await spool.due('a', 99, 9)).toEqual(await before.spool.due('a', 99, 9));
  });

  it('is left alone when it was one', async () => {
    const { salvaged } = await opened(copyOf(await filled(), 'opening 1\n'));
    expect(salvaged).toEqual([]);
  });
});

it('begins notifiers at the beginning whose records are lost', async () => {
  const directory = await filled();
  const pages = pagesOf(directory);
  for (let page = 2; page < pages; page++) {
    const copy = copyOf(directory);
    change(copy, page, crossBounds);
    const { spool, salvaged } = await opened(copy);
    if (salvaged[0]?.lost['consumers'] !== 2) continue;
    expect((await spool.consumer('b')).cursor).toBe(0);
    return;
  }
  expect.fail('no page holds the consumers');
});

it('ends the first process that meets it, and the next one delivers the rest', async () => {
  const directory = await filled();
  const program = join(import.meta.dirname, 'damaged-pages.main.ts');
  const run = (copy: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', program, copy], { encoding: 'utf8', timeout: 60_000 });
  const pages = pagesOf(directory);
  let ended = 0;
  for (let page = pages - 1; page >= 2 && ended === 0; page--) {
    const copy = scratch.directory();
    cpSync(directory, copy, { recursive: true });
    change(copy, page, crossBounds);
    const first = run(copy);
    if (first.signal === null && first.status === 0) continue;
    ended++;
    expect(run(copy)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+ read, then more\n$/) });
  }
  expect(ended).toBe(1);
}, 240_000);
