/** How the name of a lane is written into the database. Senders of requests choose lanes: nothing may rely on their form. */
import { createHash } from 'node:crypto';

const plain = /^[\x20-\x7e]{0,128}$/;

/** A short key for it, different for different lanes: the name itself or, where that is long or unusual, its hash. */
export function laneKeyOf(lane: string): string {
  if (plain.test(lane)) return `=${lane}`;
  return `#${createHash('sha256').update(Buffer.from(lane, 'utf16le')).digest('base64url')}`;
}

/** JSON, because that brings back what is no valid Unicode too. */
export function encodeLane(lane: string): string {
  return JSON.stringify(lane);
}

export function decodeLane(encoded: string): string {
  return String(JSON.parse(encoded));
}
