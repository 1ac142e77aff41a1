/**
 * What a consumer has finished beyond its cursor, as a ring of bits: that of a position is `position` modulo the length,
 * so nothing is moved when the cursor moves. As a whole it fits beside the cursor into one page of the cursor file.
 */
import type { Position } from '../../../base/request.ts';
import { aheadLimit } from '../../spool.ts';

/** Never changed once it is made. Absent when nothing is finished beyond the cursor. */
export type Ahead = Uint8Array;

export const aheadBytes = aheadLimit / 8;

/** The ring after the cursor has gone from `from` to `to` and `finished` has come. */
export function moveAhead(
  ring: Ahead | undefined,
  from: Position,
  to: Position,
  finished: readonly Position[],
): Ahead | undefined {
  const beyond = finished.filter((position) => position > to && position <= to + aheadLimit);
  if (ring === undefined && beyond.length === 0) return undefined;
  const next = new Uint8Array(aheadBytes);
  if (ring !== undefined && to - from < aheadLimit) {
    next.set(ring);
    for (let position = from + 1; position <= to; position++) clear(next, position % aheadLimit);
  }
  for (const position of beyond) set(next, position % aheadLimit);
  return beyond.length > 0 || next.some((byte) => byte !== 0) ? next : undefined;
}

/** The finished entries after `after`, at most `limit` of them. */
export function listAhead(
  ring: Ahead | undefined,
  cursor: Position,
  after: Position,
  limit: number,
): readonly Position[] {
  const found: Position[] = [];
  if (ring === undefined) return found;
  for (let position = Math.max(after, cursor) + 1; position <= cursor + aheadLimit; position++) {
    if (found.length >= limit) break;
    const bit = position % aheadLimit;
    if (((ring[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0) found.push(position);
  }
  return found;
}

export function countAhead(ring: Ahead | undefined): number {
  let count = 0;
  for (let byte of ring ?? []) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}

function set(ring: Uint8Array, bit: number): void {
  ring[bit >> 3] = (ring[bit >> 3] ?? 0) | (1 << (bit & 7));
}

function clear(ring: Uint8Array, bit: number): void {
  ring[bit >> 3] = (ring[bit >> 3] ?? 0) & ~(1 << (bit & 7));
}
