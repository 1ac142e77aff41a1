/** Numbers, sizes and times for people, by Intl. Pure: whoever calls says what time it is. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const clockParts = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const minutes = new Intl.DateTimeFormat('en', clockParts);
const seconds = new Intl.DateTimeFormat('en', { ...clockParts, second: '2-digit' });
const thousandths = new Intl.DateTimeFormat('en', { ...clockParts, second: '2-digit', fractionalSecondDigits: 3 });
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23' });

export const count = (value: number): string => whole.format(value);

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Of something per second. */
export function rate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.1) return '<0.1';
  return (perSecond < 9.95 ? tenths : whole).format(perSecond);
}

/** `[1.1, 'MiB']`: by 1024, as the options count. */
export function size(bytes: number): readonly [string, string] {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return [(value < 10 && unit > 0 ? tenths : whole).format(value), units[unit] ?? ''];
}

/** `[41, 'ms']`, `[12, 'min']` */
export function span(ms: number): readonly [string, string] {
  if (ms < 999.5) return [(ms < 9.95 ? tenths : whole).format(ms), 'ms'];
  if (ms < 9950) return [tenths.format(ms / 1000), 's'];
  if (ms < 90_000) return [whole.format(ms / 1000), 's'];
  if (ms < 5_400_000) return [whole.format(ms / 60_000), 'min'];
  if (ms < 172_800_000) return [whole.format(ms / 3_600_000), 'h'];
  return [whole.format(ms / 86_400_000), 'd'];
}

export const spanText = (ms: number): string => span(ms).join(' ');

/** `0.4 · 2 ms`, with the unit once where it is the same. */
export function spans(one: number, other: number): string {
  const [[a, unitA], [b, unitB]] = [span(one), span(other)];
  return unitA === unitB ? `${a} · ${b} ${unitB}` : `${a} ${unitA} · ${b} ${unitB}`;
}

/** `12 d 4 h` */
export function uptime(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 1) return `${Math.max(0, Math.floor(ms / 60_000))} min`;
  if (hours < 24) return `${hours} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `48 s ago`, `in 12 min` */
export function ago(at: number, now: number): string {
  const distance = Math.round((at - now) / 1000) * 1000;
  if (distance === 0) return 'now';
  return distance < 0 ? `${spanText(-distance)} ago` : `in ${spanText(distance)}`;
}

const isToday = (at: number, now: number): boolean => new Date(at).toDateString() === new Date(now).toDateString();
const withDay = (at: number, now: number, text: string): string =>
  isToday(at, now) ? text : `${day.format(at)}, ${text}`;

/** `10:04`, with the day unless it is today. */
export const time = (at: number, now: number): string => withDay(at, now, minutes.format(at));
/** `10:04:17` */
export const timeInSeconds = (at: number, now: number): string => withDay(at, now, seconds.format(at));
/** `10:04:17.120` */
export const timeInFull = (at: number, now: number): string => withDay(at, now, thousandths.format(at));
/** For a title: with the day and the time zone. */
export const moment = (at: number): string => full.format(at);
