import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/spool/lmdb/disk/binary.ts';
import { endOf } from '../../../src/spool/lmdb/disk/file-check.ts';
import { openStore } from '../../../src/spool/lmdb/disk/open-store.ts';
import { closeStore, type Store } from '../../../src/spool/lmdb/disk/store.ts';
import { rawRequest, testTime } from '../../contract/spool.ts';
import { scratchSpools } from './scratch.ts';

const scratch = scratchSpools();
const never = new AbortController().signal;

const textsOf = (directory: string, name = 'spool.mdb'): string => join(directory, name);

/** A spool with 300 requests in three chunks, of which consumer `a` has passed none. */
async function filled(): Promise<string> {
  const directory = scratch.directory();
  const spool = await scratch.open(directory);
  await spool.consumer('a');
  for (const batch of ['x', 'y', 'z']) {
    await spool.append(Array.from({ length: 100 }, (_, i) => rawRequest(`${batch}${i} `.padEnd(1000, batch))));
  }
  await spool.close();
  return directory;
}

/** How much of the file the database uses: the rest is room that was set aside. */
function usedOf(file: string): number {
  const descriptor = openSync(file, 'r');
  try {
    return endOf(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Opens it and tells what was moved aside. */
async function reopened(directory: string) {
  const moved: string[] = [];
  const spool = await scratch.open(directory, {
    onMovedAside: (path, reason) => moved.push(`${path.replace(directory, '')}: ${reason}`),
  });
  return { spool, moved };
}

/** Changes the database behind the spool's back. */
async function tamper(directory: string, change: (store: Store) => Promise<unknown>): Promise<void> {
  const store = openStore({ directory, maxBytes: 1 << 20, now: () => testTime, random: () => 0.5 });
  await change(store);
  await closeStore(store);
}

describe('a file that is no log', () => {
  const contents: readonly (readonly [string, (file: string) => void | Promise<void>])[] = [
    ['text', (file) => writeFileSync(file, 'a letter to my mother\n'.repeat(1000))],
    ['zeros', (file) => writeFileSync(file, Buffer.alloc(100_000))],
    ['something short', (file) => writeFileSync(file, 'x')],
    ['cut in its meta pages', (file) => truncateSync(file, 5000)],
    ['cut in the middle', (file) => truncateSync(file, Math.floor(usedOf(file) / 2))],
    ['cut by one page', (file) => truncateSync(file, usedOf(file) - 4096)],
    [
      'damaged in its second meta page',
      (file) => {
        const bytes = readFileSync(file);
        bytes.fill(0xff, 4096, 8192);
        writeFileSync(file, bytes);
      },
    ],
    [
      'the database of another program',
      async (file) => {
        truncateSync(file, 0);
        const other = open({ path: file, noSubdir: true });
        await other.openDB({ name: 'letters' }).put('dear', 'mother');
        await other.close();
      },
    ],
  ];

  it.each(contents)('but %s is moved aside, and a new one is begun', async (_, spoil) => {
    const directory = await filled();
    await spoil(textsOf(directory));
    const { spool, moved } = await reopened(directory);
    expect(moved).toEqual([expect.stringMatching(/^\/spool\.mdb\.damaged-20261121T120000000Z: its? /)]);
    expect((await spool.state()).last).toBe(0);
    await spool.consumer('a');
    expect(await spool.append([rawRequest('first')])).toMatchObject({ first: 1 });
    await spool.close();
    const again = await reopened(directory);
    expect(again.moved).toEqual([]);
    expect((await again.spool.read(0, 9)).map(({ request }) => `${request.bytes}`)).toEqual(['first']);
  });

  it('but is empty is begun anew', async () => {
    const directory = scratch.directory();
    mkdirSync(directory);
    writeFileSync(textsOf(directory), '');
    const { spool, moved } = await reopened(directory);
    expect(moved).toEqual([]);
    expect(await spool.append([rawRequest('first')])).toMatchObject({ first: 1 });
  });
});

describe('a spool that cannot be opened', () => {
  it('because a newer belfry has written it says so and is left as it is', async () => {
    const directory = await filled();
    await tamper(directory, ({ environment }) =>
      environment.openDB({ name: 'meta' }).put('meta', { format: 2, logNumber: 7 }),
    );
    await expect(scratch.open(directory)).rejects.toMatchObject({
      code: 'SPOOL_OPEN',
      message: expect.stringMatching(/format 2, .* 1: /),
    });
  });

  it('because its directory is a file says so', async () => {
    const directory = scratch.directory();
    writeFileSync(directory, '');
    await expect(scratch.open(directory)).rejects.toMatchObject({
      code: 'SPOOL_OPEN',
      message: expect.stringContaining(directory),
    });
  });

  it('because another one has it says which process that is', async () => {
    const directory = scratch.directory();
    await scratch.open(directory);
    await expect(scratch.open(directory)).rejects.toMatchObject({
      code: 'SPOOL_LOCKED',
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  it('leaves no lock behind', async () => {
    const directory = scratch.directory();
    mkdirSync(directory);
    mkdirSync(textsOf(directory, 'cursors'));
    const refusal = { code: 'SPOOL_OPEN', message: expect.stringContaining('EISDIR') };
    await expect(scratch.open(directory)).rejects.toMatchObject(refusal);
    await expect(scratch.open(directory)).rejects.toMatchObject(refusal);
  });

  it.skipIf(process.getuid?.() === 0)(
    'for want of permission names the remedy (root has every permission)',
    async () => {
      const directory = await filled();
      chmodSync(textsOf(directory), 0o400);
      await expect(scratch.open(directory)).rejects.toMatchObject({
        code: 'SPOOL_OPEN',
        message: expect.stringMatching(/belfry.*permission|user.*daemon/),
      });
      chmodSync(directory, 0o500);
      await expect(scratch.open(directory)).rejects.toMatchObject({ code: 'SPOOL_OPEN' });
      chmodSync(directory, 0o700);
    },
  );

  it('keeps what is in it from other users', async () => {
    const directory = await filled();
    expect(statSync(directory).mode & 0o077).toBe(0);
    for (const name of ['spool.mdb', 'cursors', 'lock'])
      expect(statSync(textsOf(directory, name)).mode & 0o077).toBe(0);
  });
});

describe('damage within the log', () => {
  async function damaged(change: (store: Store) => Promise<unknown>) {
    const directory = await filled();
    await tamper(directory, change);
    const told: string[] = [];
    const spool = await scratch.open(directory, { onDamaged: (first, count) => told.push(`${first} ${count}`) });
    return { spool, told };
  }
  const flipped = (store: Store, key: number, at: number): Promise<boolean> => {
    const chunk = Buffer.from(bytesOf(store.chunks, key) ?? []);
    chunk.writeUInt8(chunk.readUInt8(at) ^ 0xff, at);
    return store.chunks.put(key, chunk);
  };

  it('costs one request when one is hit, and is told of once', async () => {
    const { spool, told } = await damaged((store) => flipped(store, 101, 20 + 24 * 100 + 1000 * 7 + 3));
    const seen = [...(await spool.read(0, 150)), ...(await spool.read(151, 200))].map(({ position }) => position);
    expect(seen).toEqual([...Array(300).keys()].map((i) => i + 1).filter((i) => i !== 108));
    expect(await spool.get(108)).toBeUndefined();
    expect(await spool.get(109)).toBeDefined();
    expect(told).toEqual(['108 1']);
  });

  it.each([
    ['head', (store: Store) => flipped(store, 101, 9)],
    ['table', (store: Store) => flipped(store, 101, 30)],
    ['existence', (store: Store) => store.chunks.remove(101)],
  ])('of the %s of a chunk costs the chunk', async (_, change) => {
    const { spool, told } = await damaged(change);
    expect((await spool.read(99, 2)).map(({ position }) => position)).toEqual([100, 201]);
    expect((await spool.read(150, 1)).map(({ position }) => position)).toEqual([201]);
    expect(await spool.get(150)).toBeUndefined();
    expect(told[0]).toBe('101 100');
  });

  it('at the end is waited behind, not read again and again', async () => {
    const { spool } = await damaged((store) => flipped(store, 201, 9));
    expect(await spool.read(200, 10)).toEqual([]);
    let arrived = false;
    const arrival = spool.arrival(200, never).then(() => {
      arrived = true;
    });
    await spool.commit('a', { cursor: 200, defer: [{ position: 5, lane: '', dueAt: 0, attempts: [] }] });
    expect(arrived).toBe(false);
    expect(await spool.append([rawRequest('next')])).toMatchObject({ first: 301 });
    await arrival;
    expect((await spool.read(200, 10)).map(({ position }) => position)).toEqual([301]);
  });

  it('of a long stretch is passed over in one reading', async () => {
    const directory = scratch.directory();
    const first = await scratch.open(directory);
    await first.consumer('a');
    for (let i = 0; i < 300; i++) await first.append([rawRequest(`${i}`)]);
    await first.close();
    await tamper(directory, ({ chunks, environment }) =>
      environment.batch(() => {
        for (let key = 11; key < 300; key++) void chunks.put(key, Buffer.from('spoilt'));
      }),
    );
    const spool = await scratch.open(directory);
    expect((await spool.read(10, 5)).map(({ position }) => position)).toEqual([300]);
    expect((await spool.read(100, 5)).map(({ position }) => position)).toEqual([300]);
    expect(await spool.read(300, 5)).toEqual([]);
  });

  it('of dead letters and of kept requests is passed over', async () => {
    const directory = await filled();
    const first = await scratch.open(directory);
    const entries = await first.read(0, 3);
    const addDead = entries.map((entry) => ({ entry, lane: '', at: 1, reason: 'refused', attempts: [] }));
    await first.commit('a', { cursor: 3, addDead });
    await first.close();
    await tamper(directory, async ({ dead }) => {
      const [row] = dead.getRange({ limit: 1 });
      if (row !== undefined) await dead.put(row.key, { ...row.value, packed: Buffer.from('spoilt') });
    });
    const told: string[] = [];
    const spool = await scratch.open(directory, { onDamaged: (position, count) => told.push(`${position} ${count}`) });
    expect((await spool.dead('a', 0, 9)).map(({ entry }) => entry.position)).toEqual([2, 3]);
    expect(told).toEqual(['1 1']);
    await spool.commit('a', { removeDead: [1] });
    expect((await spool.consumer('a')).dead).toBe(2);
  });
});
