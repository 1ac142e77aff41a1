/** What the end of an exchange means for what was sent, and what it says about whose fault a failure is. */
import { printable } from '../../base/printable.ts';
import { abortReason, type Outcome } from '../notifier.ts';
import { withAdvice } from './connection-advice.ts';
import type { ExchangeEnding } from './http-exchange.ts';
import { judgeAnswer, refusesBody } from './judge-answer.ts';
import type { OptionHints } from './option-hints.ts';

/**
 * Whose fault a failure is. `body`: of what was sent, by the word of the receiver. `receiver`: whatever else is sent now would
 * fail as well. `unknown`: the receiver failed while it had the request, which may be the fault of what is in it.
 */
export type Fault = 'body' | 'receiver' | 'unknown';

export interface Judged {
  readonly outcome: Outcome;
  /** Says nothing where it was delivered. */
  readonly fault: Fault;
}

export interface JudgeContext {
  /** The URL without what may be secret in it: names the receiver in reasons. */
  readonly receiver: string;
  readonly protocol: string;
  readonly attemptTimeoutMs: number;
  readonly now: () => number;
  /** Absent: reasons name no options. */
  readonly hints?: OptionHints;
}

/** `signal`: that of the attempt. */
export function judgeEnding(ending: ExchangeEnding, context: JudgeContext, signal: AbortSignal): Judged {
  const { receiver, protocol, attemptTimeoutMs, now, hints } = context;
  switch (ending.how) {
    case 'answered': {
      const { 'retry-after': retryAfter, location, 'content-encoding': encoding = 'identity' } = ending.headers;
      const body =
        encoding === 'identity' ? ending.body : `(encoded in ${encoding}, although belfry did not ask for it)`;
      const { status } = ending;
      const outcome = judgeAnswer({ status, retryAfter, location, body }, receiver, now(), hints?.ofStatus(status));
      return { outcome, fault: faultOf(status) };
    }
    case 'failed': {
      const hint = hints?.ofFailure(ending.message) ?? '';
      const reason = printable(`${receiver}: ${withAdvice(ending.message, protocol)}${hint}`, 500);
      return { outcome: { status: 'retry', reason }, fault: ending.sent ? 'unknown' : 'receiver' };
    }
    case 'aborted': {
      if (abortReason(signal) === 'shutdown') {
        return { outcome: { status: 'retry', reason: `stopped before ${receiver} had answered` }, fault: 'receiver' };
      }
      const what = ending.sent ? 'did not answer' : 'did not accept the connection';
      const reason = `${receiver} ${what} within ${attemptTimeoutMs / 1000} s`;
      return { outcome: { status: 'retry', reason }, fault: ending.sent ? 'unknown' : 'receiver' };
    }
  }
}

/** 409 and 5xx come from programs that stumble over what is in a request, too; 503 is said of the whole receiver. */
function faultOf(status: number): Fault {
  if (refusesBody.has(status)) return 'body';
  return status === 409 || (status >= 500 && status !== 503) ? 'unknown' : 'receiver';
}
