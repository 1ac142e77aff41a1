/** What an HTTP receiver's answer means for a delivery: the status rules of Standard Webhooks, and where they are silent. */
import { STATUS_CODES } from 'node:http';
import { printable } from '../../base/printable.ts';
import { type Outcome, untilResumedMs } from '../notifier.ts';
import { parseHttpDate } from './http-date.ts';

/** As much of an answer as decides. Headers are undefined when absent. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** The beginning of the body. */
  readonly body: string;
}

/** How much of the body, and of a Location, a reason quotes, in characters. */
const quotedLength = 200;
/** The longest wait that is understood, in milliseconds; how much of it is obeyed is for dispatch to say. */
const longestWaitMs = 365 * 86_400_000;

/** The receiver will never take this body: to repeat it would only hold up what waits after it. */
export const refusesBody: ReadonlySet<number> = new Set([400, 413, 422]);
/** Where these say when to come back, they speak of everything that is sent to them, not of this one notification. */
const asksForPause: ReadonlySet<number> = new Set([429, 503]);

/**
 * 2xx is delivered. 410 Gone says that the receiver wants no more of anything (Standard Webhooks: stop and notify the
 * administrator): it pauses the notifier until somebody resumes it, so that nothing is lost before the URL is corrected. 400, 413
 * and 422 speak of this one body and are rejected, so that a notification that its receiver cannot read becomes a dead letter at once instead
 * of holding up its mailbox until the retries are used up. All else can be mended at one end or the other and is tried
 * again: 401, 403, 404, 405 and 415 as much as 5xx, and 3xx, which is never followed. Retry-After with 429 or 503 asks
 * for a pause of the whole notifier, with any other status that this one waits.
 * `receiver` names it in reasons; `hint` says which option to look at, see `OptionHints`; `now` is in milliseconds since the epoch.
 */
export function judgeAnswer(
  { status, retryAfter, location, body }: Answer,
  receiver: string,
  now: number,
  hint = '',
): Outcome {
  if (status >= 200 && status <= 299) return { status: 'delivered', detail: String(status) };
  const name = STATUS_CODES[status];
  const quote = body.trim() === '' ? '' : `: ${printable(body.trim(), quotedLength)}`;
  const answered = `${receiver} answered ${status}${name === undefined ? '' : ` ${name}`}`;
  if (status === 410) {
    const remedy = 'correct the URL and reload belfry, or run belfry queue resume';
    return {
      status: 'retry',
      reason: `${answered}: the receiver asks for no more requests; ${remedy}${quote}`,
      pauseMs: untilResumedMs,
    };
  }
  if (refusesBody.has(status)) return { status: 'rejected', reason: `${answered}${quote}` };
  const afterMs = retryAfter === undefined ? undefined : retryAfterMs(retryAfter, now);
  const pauses = asksForPause.has(status);
  const wait = afterMs === undefined ? {} : pauses ? { pauseMs: afterMs } : { afterMs };
  if (status >= 300 && status <= 399) {
    const target = location === undefined ? '' : ` to ${printable(location, quotedLength)}`;
    return {
      status: 'retry',
      reason: `${answered}${target}, which belfry does not follow: correct the URL${quote}`,
      ...wait,
    };
  }
  return { status: 'retry', reason: `${answered}${hint}${quote}`, ...wait };
}

/**
 * The wait that a Retry-After header asks for, in milliseconds, a year at most (RFC 9110 §10.2.3: seconds or a date).
 * Undefined when it cannot be understood or asks for none: then the usual schedule applies.
 */
export function retryAfterMs(header: string, now: number): number | undefined {
  const written = header.trim();
  const waitMs = /^[0-9]+$/.test(written) ? Number(written) * 1000 : (parseHttpDate(written, now) ?? now) - now;
  return waitMs > 0 ? Math.min(waitMs, longestWaitMs) : undefined;
}
