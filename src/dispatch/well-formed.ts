/** What a notifier has answered, made sure of: whatever is no outcome counts as `retry`. */
import { messageOf } from '../base/error.ts';
import type { Outcome } from '../notifier/notifier.ts';

const delivered: Outcome = { status: 'delivered' };

/** Never throws. */
export function wellFormed(given: unknown): Outcome {
  try {
    if (given === undefined) return { status: 'retry', reason: 'the notifier returned no outcome for it' };
    if (!isRecord(given)) return malformed(`it is ${given === null ? 'null' : typeof given}`);
    const { status, reason, option, detail, afterMs, pauseMs } = given;
    switch (status) {
      case 'delivered':
        return typeof detail === 'string' ? { status, detail } : delivered;
      case 'retry': {
        const [after, pause] = [milliseconds(afterMs), milliseconds(pauseMs)];
        return {
          status,
          reason: textOf(reason),
          ...(after === undefined ? {} : { afterMs: after }),
          ...(pause === undefined ? {} : { pauseMs: pause }),
        };
      }
      case 'filtered':
        return { status, option: textOf(option), detail: textOf(detail) };
      case 'rejected':
        return { status, reason: textOf(reason) };
      default:
        return malformed('its status is unknown');
    }
  } catch (thrown) {
    return malformed(messageOf(thrown));
  }
}

function malformed(why: string): Outcome {
  return { status: 'retry', reason: `the notifier returned an invalid outcome, which is a bug: ${why}` };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const textOf = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : 'no reason given');

const milliseconds = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : undefined;
