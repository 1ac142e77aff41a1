/** Facilities and severities of syslog by the names that syslog(3) gives them (RFC 5424 §6.2.1), and which event has which. */
import { splitWords } from '../../option/word-syntax.ts';
import type { Parsed } from '../parsed.ts';

/** In the order of their numbers. 12 to 15 have no name that all systems share. */
export const facilities = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'],
  ...['ntp', 'audit', 'alert', 'clock'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
] as const;

const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** The number of the severity of an event type; without one, that of what is no event. */
export type SeverityOf = (event: string | undefined) => number;

/** `notice QuotaExceed=warning`: first the severity of everything else. */
export function parseSeverities(written: string): Parsed<SeverityOf> {
  const [first = '', ...exceptions] = splitWords(written);
  const usual = severities.indexOf(first.toLowerCase());
  if (usual < 0) return unknown(first);
  const byEvent = new Map<string, number>();
  for (const exception of exceptions) {
    const [, event = '', name = ''] = /^([^=]+)=([^=]*)$/.exec(exception) ?? [];
    if (event === '')
      return { wrong: `"${exception}" is not an event type, = and a severity, like QuotaExceed=warning` };
    const severity = severities.indexOf(name.toLowerCase());
    if (severity < 0) return unknown(name);
    byEvent.set(event, severity);
  }
  return { value: (event) => (event === undefined ? usual : (byEvent.get(event) ?? usual)) };
}

function unknown(name: string): { readonly wrong: string } {
  return { wrong: `"${name}" is not a severity: write one of ${severities.join(' ')}` };
}
