import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestTimerMs } from '../../src/base/limits.ts';
import {
  type Bounds,
  duration,
  formatDuration,
  formatSize,
  integer,
  mode,
  rate,
  size,
} from '../../src/option/number-syntax.ts';
import { readAs } from './read-as.ts';

const parseInteger = (written: string, bounds: Bounds) => readAs(integer(bounds), written);
const parseDuration = (written: string, bounds: Bounds) => readAs(duration(bounds), written);
const parseSize = (written: string, bounds: Bounds) => readAs(size(bounds), written);
const parseMode = (written: string) => readAs(mode, written);
const parseRate = (written: string) => readAs(rate, written);

const wide = { min: Number.MIN_SAFE_INTEGER };
const second = 1000;
const hour = 3600 * second;

describe('integers, as strtol(3) reads them with base 0', () => {
  it.each([
    ['0', 0],
    ['10', 10],
    ['+7', 7],
    ['-7', -7],
    ['-0', 0],
    ['010', 8],
    ['0x1F', 31],
    ['-0X10', -16],
  ])('%s', (written, value) => expect(parseInteger(written, wide)).toEqual({ value }));

  it.each(['', '1a', '09', '0x', '1.5', '1e3', '--1', ' 1', '١'])('refuses "%s"', (written) =>
    expect(parseInteger(written, wide)).toHaveProperty('wrong'),
  );

  it('keeps to its bounds', () => {
    expect(parseInteger('4', { min: 1, max: 4 })).toEqual({ value: 4 });
    expect(parseInteger('5', { min: 1, max: 4 })).toEqual({ wrong: expect.stringMatching(/^5 .*1 to 4$/) });
    expect(parseInteger('0', { min: 1, max: 4 })).toHaveProperty('wrong');
    expect(parseInteger('-1', {})).toHaveProperty('wrong');
    expect(parseInteger('99999999999999999999', {})).toHaveProperty('wrong');
  });
});

describe('durations', () => {
  it.each([
    ['90', 90 * second],
    ['30s', 30 * second],
    ['1d12h', 36 * hour],
    ['1h30', hour + 30 * second],
    ['2H', 2 * hour],
    ['1s1m', 61 * second],
    ['1w', 7 * 24 * hour],
    ['5min', 300 * second],
    ['500ms', 500],
    ['1min30SEC', 90 * second],
    ['1m30ms', 60_030],
    ['0', 0],
  ])('%s', (written, value) => expect(parseDuration(written, {})).toEqual({ value }));

  it.each(['', 's', '1x', '1.5h', '1msec', '1d 2h', '1dd', 'h1', '5 minutes'])('refuses "%s"', (written) =>
    expect(parseDuration(written, {})).toEqual({
      wrong: expect.stringMatching(/^".*" .*30s, 1d12h, 90$/),
    }),
  );

  it('refuses negative ones, which Cyrus takes', () => {
    expect(parseDuration('-1d', {})).toEqual({ wrong: expect.stringContaining('is negative') });
  });

  it('keeps to its bounds, which are those of a timer unless said otherwise', () => {
    expect(parseDuration('24d', {})).toEqual({ value: 24 * 24 * hour });
    expect(parseDuration('25d', {})).toEqual({ wrong: expect.stringMatching(/^"25d" .*24d20h31m23s/) });
    expect(parseDuration('25d', { max: 1000 * 24 * hour })).toHaveProperty('value');
    expect(parseDuration('9'.repeat(400), { max: Number.MAX_SAFE_INTEGER })).toHaveProperty('wrong');
    expect(parseDuration('0', { min: second })).toEqual({ wrong: expect.stringMatching(/^"0" .*1s/) });
    expect(parseDuration('100ms', { max: 100 })).toEqual({ value: 100 });
    expect(parseDuration('101ms', { max: 100 })).toEqual({ wrong: expect.stringMatching(/^"101ms" .*100ms$/) });
  });

  it('are written as they are read', () => {
    fc.assert(
      fc.property(fc.nat({ max: Math.floor(longestTimerMs / 1000) }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000), {})).toEqual({ value: seconds * 1000 });
      }),
    );
  });
});

describe('sizes', () => {
  it.each([
    ['0', 0],
    ['10', 10],
    ['10B', 10],
    ['64K', 65_536],
    ['64k', 65_536],
    ['64kb', 65_536],
    ['2 MiB', 2 * 1024 ** 2],
    ['1Gi', 1024 ** 3],
    ['3\t b', 3],
  ])('%s', (written, value) => expect(parseSize(written, {})).toEqual({ value }));

  it.each(['', 'K', '1.5', '1.K', '.5K', '-1', '1T', '1KiBs', '5iB', '1 K B', '0x10'])('refuses "%s"', (written) =>
    expect(parseSize(written, {})).toHaveProperty('wrong'),
  );

  it('keeps to its bounds', () => {
    expect(parseSize('1K', { min: 1024, max: 1024 })).toEqual({ value: 1024 });
    expect(parseSize('1', { min: 1024 })).toEqual({ wrong: expect.stringMatching(/^"1" .*1K/) });
    expect(parseSize('1M', { max: 1025 })).toEqual({ wrong: expect.stringMatching(/^"1M" .*1025B/) });
    expect(parseSize('99999999999G', {})).toHaveProperty('wrong');
  });

  it('are written as they are read', () => {
    const unit = fc.constantFrom(1, 1024, 1024 ** 2, 1024 ** 3);
    fc.assert(
      fc.property(fc.nat({ max: 8_000_000 }), unit, (count, bytes) => {
        expect(parseSize(formatSize(count * bytes), {})).toEqual({ value: count * bytes });
      }),
    );
  });
});

it('reads modes as octal, with and without a zero', () => {
  expect(parseMode('0660')).toEqual({ value: 0o660 });
  expect(parseMode('755')).toEqual({ value: 0o755 });
  for (const wrong of ['', '66', '0o660', '0668', '4755', '00660']) expect(parseMode(wrong)).toHaveProperty('wrong');
});

describe('rates', () => {
  it.each([
    ['100/s', { count: 100, perMs: 1000 }],
    ['30 / 10m', { count: 30, perMs: 600_000 }],
    ['1/1d', { count: 1, perMs: 86_400_000 }],
  ])('%s', (written, value) => {
    expect(parseRate(written)).toEqual({ value });
  });

  it.each(['', '5', '0/s', '5/', '/s', '5/x', '5/2d', '-1/s', '1.5/s', '5/0s', '9999999999/s'])(
    'refuses %j',
    (written) => {
      expect(parseRate(written)).toHaveProperty('wrong');
    },
  );
});
