import { MessageChannel } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RawRequest } from '../../../../src/base/request.ts';
import type { LmdbSpool } from '../../../../src/spool/lmdb/lmdb-spool.ts';
import { openLogWriter } from '../../../../src/spool/lmdb/log/open-log-writer.ts';
import { RemoteWriter, serveAppends } from '../../../../src/spool/lmdb/log/remote-writer.ts';
import { scratchSpools } from '../scratch.ts';

const scratch = scratchSpools();

/** A spool whose writer is reached by a port, as that of another thread is. */
async function remote(maxBytes = 1 << 24): Promise<{ spool: LmdbSpool; writer: RemoteWriter; close(): void }> {
  const directory = scratch.directory();
  const spool = await scratch.open(directory, { writer: 'elsewhere', maxBytes });
  await spool.consumer('a');
  const own = openLogWriter({ directory, maxBytes, retentionMs: 0, now: Date.now, random: Math.random });
  const { port1, port2 } = new MessageChannel();
  serveAppends(port2, own, () => spool.notice(own.last()));
  const writer = new RemoteWriter(port1);
  onTestFinished(async () => {
    await writer.close();
    port2.close();
    await own.close();
  });
  return { spool, writer, close: () => port2.close() };
}

/** To be compared: one by one, bytes take long. */
const shown = ({ format, bytes }: RawRequest): string => `${format} ${bytes.length} ${crc32(bytes)}`;
const formats = ['event', 'cloudevent', 'dovecot'] as const;

describe('a writer in another thread', () => {
  it('keeps what it is given byte for byte and in order, and answers the ids under which it is kept', async () => {
    const { spool, writer } = await remote();
    const request = fc
      .record({
        format: fc.constantFrom(...formats),
        length: fc.oneof(fc.nat(200), fc.nat(200), fc.constant(520_000)),
        fill: fc.nat(255),
      })
      .map(({ format, length, fill }): RawRequest => ({ format, bytes: Buffer.alloc(length, fill) }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(request, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
        async (batches) => {
          const { last } = await spool.state();
          const appended = await Promise.all(batches.map((batch) => writer.append(batch)));
          const ids = batches.flatMap((batch, i) => batch.map((_, index) => appended[i]?.idOf(index)));
          const entries = [];
          for (let after = last; entries.length < ids.length; after = entries.at(-1)?.position ?? after) {
            const read = await spool.read(after, 1000);
            if (read.length === 0) throw new Error(`nothing after ${after}, of ${last} + ${ids.length}`);
            entries.push(...read);
          }
          expect(entries.map(({ id }) => id)).toEqual(ids);
          expect(entries.map((entry) => shown(entry.request))).toEqual(batches.flat().map(shown));
          await spool.commit('a', { cursor: last + ids.length });
        },
      ),
      { numRuns: 15 },
    );
  });

  it('leaves the bytes to who gave them', async () => {
    const { writer } = await remote();
    const bytes = Buffer.from('still there');
    await writer.append([{ format: 'event', bytes }]);
    expect(bytes.toString()).toBe('still there');
  });

  it('says why nothing was kept', async () => {
    const { spool, writer } = await remote(1 << 20);
    const request: RawRequest = { format: 'event', bytes: Buffer.alloc(1 << 21) };
    await expect(writer.append([request])).rejects.toMatchObject({ code: 'SPOOL_FULL' });
    expect((await spool.state()).last).toBe(0);
  });

  it('rejects what is under way when the other thread ends', async () => {
    const { writer, close } = await remote();
    const appending = writer.append([{ format: 'event', bytes: Buffer.from('x') }]);
    close();
    await expect(appending).rejects.toMatchObject({ code: 'SPOOL_IO' });
  });
});
