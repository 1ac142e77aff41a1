import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { encodeFrame } from '../../src/decode/encode-frame.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { captured } from '../decode/captured.ts';
import { damaged, fuzz } from './fuzz.ts';

const inputs = captured.map(({ bytes }) => bytes).filter((bytes) => bytes.length < 3_000);
const tokens = ['\0', '\0\0', '0\0', '1\0', '257\0', '-1\0', '4294967296\0', '{', '\xff', 'ü'];

/** Whatever the bytes are: a request that says no more than they did and can be sent again, or a problem within them. */
function check(bytes: Uint8Array): void {
  const before = Buffer.from(bytes);
  const outcome = decodeFrame(bytes);
  expect(before.equals(bytes)).toBe(true);
  if (!outcome.ok) {
    expect(outcome.problem.stage).toBe('frame');
    expect(outcome.problem.message.length).toBeLessThan(300);
    expect(outcome.problem.byte).toBeGreaterThanOrEqual(0);
    expect(outcome.problem.byte).toBeLessThanOrEqual(bytes.length);
    return;
  }
  const { method, class: kind, priority, user, mailbox, options, message, fname = '' } = outcome.value;
  const fields = [method, kind, priority, user, mailbox, message, fname, ...options];
  expect(fields.reduce((sum, field) => sum + field.length, 0)).toBeLessThanOrEqual(bytes.length + 'EVENT'.length);
  expect(fields.some((field) => field.includes('\0'))).toBe(false);
  expect(decodeFrame(encodeFrame(outcome.value))).toEqual(outcome);
}

describe('the frame', () => {
  fuzz('stands any bytes', fc.uint8Array({ maxLength: 2_000, size: 'max' }), check);
  fuzz('stands real requests with damage', damaged(inputs, tokens), check);
});
