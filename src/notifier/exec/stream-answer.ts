/** What the lines mean that a program in stream mode answers: belfry's own words, or those of rsyslog's omprog. */
import { printable } from '../../base/printable.ts';
import type { Outcome } from '../notifier.ts';

export type Answers = 'belfry' | 'omprog';

const quoted = 500;

/**
 * `OK`, `RETRY reason`, `REJECT reason`; the text after the word may be missing. Undefined: the line is no answer. For omprog
 * (rsyslog `plugins/omprog/omprog.c`, confirmMessages) every other line is an error that may pass; the two words of its
 * transactions are errors, too, because belfry begins none.
 */
export function outcomeOfAnswer(line: string, answers: Answers, path: string): Outcome | undefined {
  const [word = ''] = line.split(/[ \t]/, 1);
  const detail = printable(line.slice(word.length).trim(), quoted);
  const reason = `${path} answered ${word}${detail === '' ? '' : `: ${detail}`}`;
  if (word === 'OK') return detail === '' ? delivered : { status: 'delivered', detail };
  if (word === 'RETRY') return { status: 'retry', reason };
  if (word === 'REJECT') return { status: 'rejected', reason };
  if (answers === 'belfry') return undefined;
  const hint = /^(?:DEFER_COMMIT|PREVIOUS_COMMITTED)$/.test(line) ? ' (belfry sends no transactions)' : '';
  return { status: 'retry', reason: `${path} answered ${printable(line.trim(), quoted) || 'an empty line'}${hint}` };
}

const delivered: Outcome = { status: 'delivered' };
