/** The answer by which a receiver of a batch names what it has not taken. */
import { printable } from '../../base/printable.ts';
import type { Outcome } from '../notifier.ts';

/** Bytes of an answer that are read: room for a hundred and more for each of a thousand ids. */
export const batchAnswerLimit = 256 * 1024;

const reasonLength = 200;

export interface BatchAnswer {
  /** Of a status 2xx. */
  readonly body: string;
  /** Whether that is all of it. */
  readonly complete: boolean;
  /** Undefined when absent. */
  readonly contentType: string | undefined;
}

/**
 * Outcomes by id of what was not taken; whatever is not named was. The answer is the JSON object
 * `{"failed": [{"id": "…", "status": "retry" | "rejected", "reason": "…"}]}`; without a status it is `retry`, and an id alone
 * stands for that, too. Any other answer names nothing. `wrong`: it may have named ids, but cannot be read.
 */
export function readBatchAnswer(
  answer: BatchAnswer,
  receiver: string,
): ReadonlyMap<string, Outcome> | { wrong: string } {
  const { body, complete, contentType = '' } = answer;
  const mayName = body.includes('"failed"') || (!complete && /\bjson\b/i.test(contentType));
  if (!mayName) return new Map();
  if (!complete) return { wrong: 'it broke off, or is longer than 256 KiB' };
  let read: unknown;
  try {
    read = JSON.parse(body);
  } catch {
    return { wrong: 'it is not JSON' };
  }
  const failed: unknown = isRecord(read) ? read['failed'] : undefined;
  if (failed === undefined || failed === null) return new Map();
  if (!Array.isArray(failed)) return { wrong: '"failed" is not an array' };
  const outcomes = new Map<string, Outcome>();
  for (const one of failed as readonly unknown[]) {
    const { id, status, reason } = isRecord(one) ? one : { id: one };
    if (typeof id !== 'string') return { wrong: 'an element of "failed" has no "id"' };
    const said = typeof reason === 'string' && reason !== '' ? `: ${printable(reason, reasonLength)}` : '';
    outcomes.set(id, {
      status: status === 'rejected' ? 'rejected' : 'retry',
      reason: `${receiver} named it as failed${said}`,
    });
  }
  return outcomes;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
