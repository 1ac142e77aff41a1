/** Spools in which events wait already: what is measured is then nothing but their delivery. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';
import { flagsSet } from '../../e2e/sender.ts';
import { type Served, unfinished } from '../served.ts';
import { defineRow, type Figure, type Measurement, type Row } from './row.ts';
import { processorUs } from './used.ts';

const users = 1000;
/** As many as are stored together at full speed. */
const chunk = 512;
/** How often the queue is looked at: seldom enough to cost nothing. */
const lookEveryMs = 200;
/** So much of it is not measured: the engine compiles what runs often. */
const warmUp = 0.2;

/** Makes copies of spools, each of which is filled once. */
export class Spools {
  readonly #directory: string;
  readonly #filled = new Map<number, Promise<string>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Puts a spool with so many events at a place where there is none. */
  async put(count: number, place: string): Promise<void> {
    const filled = this.#filled.get(count) ?? fill(join(this.#directory, `waiting-${count}`), count);
    this.#filled.set(count, filled);
    await cp(await filled, place, { recursive: true });
  }
}

async function fill(directory: string, count: number): Promise<string> {
  const datagrams = await datagramsOfUsers();
  const spool = await openLmdbSpool({
    ...{ directory, maxBytes: 4 * 2 ** 30, retentionMs: 86_400_000, now: Date.now, random: Math.random },
  });
  for (let done = 0; done < count; done += chunk) {
    const length = Math.min(chunk, count - done);
    const requests = Array.from({ length }, (_, i) => ({
      format: 'datagram' as const,
      bytes: datagrams[(done + i) % users] ?? new Uint8Array(),
    }));
    await spool.append(requests);
  }
  await spool.close();
  return directory;
}

/** The FlagsSet of the sender, for each user. */
async function datagramsOfUsers(): Promise<readonly Buffer[]> {
  const text = (await flagsSet()).toString('latin1');
  return Array.from({ length: users }, (_, i) =>
    Buffer.from(text.replaceAll('john@', `u${String(i).padStart(3, '0')}@`), 'latin1'),
  );
}

/** A row: how much it costs to deliver `waiting` events to each of these notifiers, which `lines` configure. */
export function backlogRow(
  name: string,
  each: Figure,
  waiting: number,
  notifiers: readonly string[],
  lines: (home: string) => readonly string[],
): Row {
  return defineRow({
    name,
    figures: { each },
    async measure({ serve, scale }) {
      const count = waiting * scale;
      return { each: await drain(await serve(lines, count), notifiers, count) };
    },
  });
}

/** Waits until these notifiers have finished `count` entries each, and says what an entry has cost from a fifth of it on. */
export async function drain(
  { daemon, home }: Served,
  notifiers: readonly string[],
  count: number,
): Promise<Measurement> {
  const look = async () => {
    const left = await Promise.all(notifiers.map((notifier) => unfinished(home, notifier)));
    return { left: Math.max(...left), at: performance.now(), used: await processorUs(daemon) };
  };
  let now = await look();
  while (now.left > count * (1 - warmUp)) {
    await sleep(lookEveryMs / 4);
    now = await look();
  }
  const first = now;
  if (first.left === 0) throw new Error(`${count} entries are too few to be measured`);
  while (now.left > 0) {
    await sleep(lookEveryMs);
    now = await look();
  }
  return {
    value: (now.used - first.used) / first.left,
    // To within one look.
    perSecond: (first.left * 1000) / (now.at - first.at),
  };
}
