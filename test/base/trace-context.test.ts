/** Trace Context: what is read, what is refused, and what is written of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatedTrace } from '../../src/base/generated-trace.ts';
import { readTrace, traceIn, writtenTrace } from '../../src/base/trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const valid = `00-${traceId}-${spanId}-01`;

describe('traceparent', () => {
  it.each<[string, number]>([
    [valid, 1],
    [`00-${traceId}-${spanId}-00`, 0],
    [`00-${traceId}-${spanId}-ff`, 3],
    [`cc-${traceId}-${spanId}-03`, 3],
    [`01-${traceId}-${spanId}-01-what-the-future-adds`, 1],
  ])('%s', (written, flags) => {
    expect(readTrace(written)).toEqual({ traceId, spanId, flags });
  });

  it.each([
    '',
    ` ${valid}`,
    `${valid} `,
    `${valid}-`,
    `${valid}-01`,
    `${valid}, ${valid}`,
    `ff-${traceId}-${spanId}-01`,
    `0-${traceId}-${spanId}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}0-${spanId}-01`,
    `00-${traceId}-${spanId.slice(1)}-01`,
    `00-${traceId}-${spanId}-1`,
    `00_${traceId}_${spanId}_01`,
    `01-${traceId}-${spanId}-01x`,
    `01-${traceId}-${spanId}-01-\r\nX-Injected: yes`,
    42,
    null,
    [valid],
  ])('%j is none', (written) => {
    expect(readTrace(written)).toBeUndefined();
  });
});

describe('tracestate', () => {
  const state = (written: unknown): string | undefined => readTrace(valid, written)?.state;

  it.each([
    ['vendor=value', 'vendor=value'],
    ['a=1,b=2', 'a=1,b=2'],
    [' a=1 ,\t, b=2 ', 'a=1,b=2'],
    ['tenant@vendor=x=y'.replace('x=y', 'xy'), 'tenant@vendor=xy'],
    ['0a@b=1,a-b/c*d_e=1', '0a@b=1,a-b/c*d_e=1'],
  ])('%j', (written, read) => expect(state(written)).toBe(read));

  it.each([
    '',
    ',',
    'a',
    '=1',
    'a=',
    'A=1',
    '0a=1',
    'a b=1',
    'a=1,a=2',
    'a=x=y',
    'a=\u0001',
    'a=ü',
    'a=1\r\nX-Injected: yes',
    Array.from({ length: 33 }, (_, i) => `k${i}=1`).join(','),
    `a=${'x'.repeat(257)}`,
    `a=1,${'b'.repeat(512)}=1`,
    42,
  ])('%j is left out, and the traceparent stays', (written) => {
    expect(state(written)).toBeUndefined();
    expect(readTrace(valid, written)).toBeDefined();
  });
});

it('is written as it is read, of any text as headers that break nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (parent, state) => {
      for (const trace of [readTrace(parent, state), readTrace(valid, state)]) {
        if (trace === undefined) continue;
        const written = writtenTrace(trace);
        expect(Object.values(written).join('')).toMatch(/^[\x20-\x7e]*$/);
        expect(traceIn({ event: 'x', ...written })).toEqual(trace);
      }
    }),
  );
  expect(writtenTrace({ traceId, spanId, flags: 1, state: 'a=1' })).toEqual({ traceparent: valid, tracestate: 'a=1' });
});

it('is the same for the same id, and valid', () => {
  const trace = generatedTrace('01KAXZ3D9W8Q2T5V7N4M6P1R0S');
  expect(generatedTrace('01KAXZ3D9W8Q2T5V7N4M6P1R0S')).toEqual(trace);
  expect(readTrace(writtenTrace(trace)['traceparent'])).toEqual(trace);
  expect(generatedTrace('other').traceId).not.toBe(trace.traceId);
});
