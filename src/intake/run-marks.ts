/** By what datagrams are known again that were stored before a crash and had not been taken out of the kernel's queue. */
import { crc32 } from 'node:zlib';
import type { PeekedDatagram } from '../os/datagram-peeker.ts';

const markBytes = 16;

/** One for each datagram: when the kernel got it, in nanoseconds (u64), the checksum of its bytes (u32), its length (u32). */
export function runMarks(datagrams: readonly PeekedDatagram[]): Uint8Array {
  const marks = Buffer.allocUnsafe(markBytes * datagrams.length);
  for (const [index, { stamp, bytes, truncatedFrom }] of datagrams.entries()) {
    const at = markBytes * index;
    marks.writeBigUInt64LE(stamp, at);
    marks.writeUInt32LE(crc32(bytes), at + 8);
    marks.writeUInt32LE(Math.min(truncatedFrom ?? bytes.length, 2 ** 32 - 1), at + 12);
  }
  return marks;
}

/**
 * How many of `datagrams`, from the first on, belong to the run with these marks. One whose time is not known belongs to
 * none: in doubt it is stored again.
 */
export function knownOf(datagrams: readonly PeekedDatagram[], marks: Uint8Array | undefined): number {
  if (marks === undefined || marks.length === 0) return 0;
  const known = new Set<string>();
  const run = Buffer.from(marks.buffer, marks.byteOffset, marks.byteLength);
  for (let at = 0; at + markBytes <= run.length; at += markBytes) known.add(run.toString('latin1', at, at + markBytes));
  const own = Buffer.from(runMarks(datagrams));
  const first = datagrams.findIndex(
    ({ stamp }, index) =>
      stamp === 0n || !known.has(own.toString('latin1', markBytes * index, markBytes * (index + 1))),
  );
  return first < 0 ? datagrams.length : first;
}
