import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHttpDate } from '../../../src/notifier/http/http-date.ts';

const now = Date.UTC(2026, 10, 21);
const at = Date.UTC(1994, 10, 6, 8, 49, 37);
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The three formats of RFC 9110 §5.6.7. */
function written(ms: number): readonly string[] {
  const date = new Date(ms);
  const [name = '', day, month = '', year = '', time] = date.toUTCString().replace(',', '').split(' ');
  const long = days[date.getUTCDay()];
  return [
    date.toUTCString(),
    `${long}, ${day}-${month}-${year.slice(-2)} ${time} GMT`,
    `${name} ${month} ${String(date.getUTCDate()).padStart(2)} ${time} ${year}`,
  ];
}

describe('the dates of HTTP', () => {
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    'sun, 06 nov 1994 08:49:37 gmt',
  ])('%j is read as in RFC 9110', (date) => {
    expect(parseHttpDate(date, now)).toBe(at);
  });

  it('are read in each of the three formats, whatever the time', () => {
    // Two digits of a year tell what lies within 50 years of now.
    const seconds = fc.integer({ min: Date.UTC(1977, 1) / 1000, max: Date.UTC(2076, 1) / 1000 });
    fc.assert(
      fc.property(seconds, (second) => {
        const ms = second * 1000;
        expect(written(ms).map((date) => parseHttpDate(date, now))).toEqual([ms, ms, ms]);
      }),
    );
  });

  it('have a year of two digits in this century unless that is more than 50 years from now', () => {
    expect(parseHttpDate('Friday, 06-Nov-76 08:49:37 GMT', now)).toBe(Date.UTC(2076, 10, 6, 8, 49, 37));
    expect(parseHttpDate('Sunday, 06-Nov-77 08:49:37 GMT', now)).toBe(Date.UTC(1977, 10, 6, 8, 49, 37));
  });

  it.each([
    '',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Now 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 +0100',
    'Sun Nov 06 08:49:37 1994 GMT',
    '1994-11-06T08:49:37Z',
  ])('%j is none', (date) => {
    expect(parseHttpDate(date, now)).toBeUndefined();
  });
});
