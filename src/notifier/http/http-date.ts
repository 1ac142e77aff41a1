/** The dates of HTTP, RFC 9110 §5.6.7: the format that is written today and the two that a recipient must still read. */

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekday = '(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?';
const time = '([0-9]{2}):([0-9]{2}):([0-9]{2})';

/** `Sun, 06 Nov 1994 08:49:37 GMT` and `Sunday, 06-Nov-94 08:49:37 GMT`: day, month, year, hour, minute, second. */
const withZone = new RegExp(`^${weekday}, ([0-9]{2})[ -]([a-z]{3})[ -]([0-9]{4}|[0-9]{2}) ${time} GMT$`, 'i');
/** `Sun Nov  6 08:49:37 1994`, which is in UTC: month, day, hour, minute, second, year. */
const asctime = new RegExp(`^${weekday} ([a-z]{3}) ([ 0-9][0-9]) ${time} ([0-9]{4})$`, 'i');

/**
 * The time in milliseconds since the epoch; undefined for what is no such date. The day of the week is not compared with
 * the date. A year of two digits is the nearest one that is not more than 50 years after `now`.
 */
export function parseHttpDate(written: string, now: number): number | undefined {
  const zoned = withZone.exec(written);
  if (zoned !== null) {
    const [, day = '', month = '', year = '', ...clock] = zoned;
    return instant(year.length === 2 ? fullYear(Number(year), now) : Number(year), month, day, clock);
  }
  const [, month = '', day = '', hour = '', minute = '', second = '', year = ''] = asctime.exec(written) ?? [];
  return year === '' ? undefined : instant(Number(year), month, day, [hour, minute, second]);
}

function fullYear(twoDigits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

function instant(year: number, monthName: string, dayText: string, clock: readonly string[]): number | undefined {
  const [hour = 0, minute = 0, second = 0] = clock.map(Number);
  const [month, day] = [months.indexOf(monthName.toLowerCase()), Number(dayText)];
  // 60 is a leap second.
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  // The 31st of a month that has 30 days is no date.
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined;
  return date.setUTCHours(hour, minute, second);
}
