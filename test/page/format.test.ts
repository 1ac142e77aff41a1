/** Numbers and times as people read them. */
import { describe, expect, it } from 'vitest';
import { ago, plural, rate, size, spans, spanText, time, timeInFull, uptime } from '../../page/model/format.ts';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.04, '<0.1'],
    [1.24, '1.2'],
    [182.4, '182'],
    [12_345.6, '12,346'],
  ])('writes the rate %d as %s', (value, text) => expect(rate(value)).toBe(text));

  it.each([
    [0, '0 bytes'],
    [1023, '1 KiB'],
    [24_576, '24 KiB'],
    [1_150_000, '1.1 MiB'],
    [2 ** 30, '1 GiB'],
  ])('writes %d bytes as %s', (bytes, text) => expect(size(bytes).join(' ')).toBe(text));

  it('counts one and many', () => {
    expect([plural(1, 'event'), plural(1204, 'event'), plural(0, 'entry', 'entries')]).toEqual([
      ...['1 event', '1,204 events', '0 entries'],
    ]);
  });
});

describe('times', () => {
  it.each([
    [0.42, '0.4 ms'],
    [41, '41 ms'],
    [1800, '1.8 s'],
    [48_000, '48 s'],
    [720_000, '12 min'],
    [10_800_000, '3 h'],
    [864_000_000, '10 d'],
  ])('writes %d ms as %s', (ms, text) => expect(spanText(ms)).toBe(text));

  it('names a unit once where it is the same', () => {
    expect([spans(0.4, 2), spans(88, 2400)]).toEqual(['0.4 · 2 ms', '88 ms · 2.4 s']);
  });

  it('says how far away something is, and how long the daemon has run', () => {
    expect([ago(100_000, 52_000), ago(0, 720_000), ago(1000, 1200)]).toEqual(['in 48 s', '12 min ago', 'now']);
    expect([uptime(59_000), uptime(5_400_000), uptime(12 * 86_400_000 + 4 * 3_600_000)]).toEqual([
      ...['0 min', '1 h 30 min', '12 d 4 h'],
    ]);
  });

  it('names the day of a time unless it is today', () => {
    const noon = new Date(2026, 10, 28, 12, 4, 5, 67).getTime();
    expect(time(noon, noon + 3_600_000)).toBe('12:04');
    expect(timeInFull(noon, noon)).toBe('12:04:05.067');
    expect(time(noon, noon + 5 * 86_400_000)).toBe('Nov 28, 12:04');
  });
});
