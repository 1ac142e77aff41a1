import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { encodeNotify } from '../../src/decode/dlist/encode.ts';
import { decodeNotify } from '../../src/decode/dlist/notify.ts';
import { tokens } from '../decode/dlist/tokens.ts';
import { damaged, fuzz } from './fuzz.ts';

const folder = new URL('../fixtures/cyrus-dlist/', import.meta.url);
const inputs = readdirSync(folder)
  .filter((file) => file.endsWith('.bin'))
  .map((file) => readFileSync(new URL(file, folder)))
  .filter((bytes) => bytes.length < 3_000);

/** Whatever the bytes are: a request that says no more than they did and can be sent again, or a problem within them. */
function check(bytes: Uint8Array): void {
  const before = Buffer.from(bytes);
  const outcome = decodeNotify(bytes);
  expect(before.equals(bytes)).toBe(true);
  if (outcome.ok) {
    expect(decodeNotify(encodeNotify(outcome.value))).toEqual(outcome);
    return;
  }
  expect(outcome.problem.stage).toBe('frame');
  expect(outcome.problem.message.length).toBeLessThan(300);
  expect(outcome.problem.byte ?? 0).toBeLessThanOrEqual(bytes.length);
}

describe('a line of the stream', () => {
  const any = fc.uint8Array({ maxLength: 500, size: 'max' });
  const behindCommand = any.map((bytes) => Buffer.concat([Buffer.from('NOTIFY %('), bytes]));

  fuzz('stands any bytes', fc.oneof(any, behindCommand), check);
  fuzz('stands real requests with damage', damaged(inputs, tokens), check);
});
