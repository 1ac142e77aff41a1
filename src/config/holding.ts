/** Holding events back (`NAME_throttle`, `NAME_debounce`, `NAME_unless_read`): what goes together, and what it becomes. */
import type { Rate } from '../option/number-syntax.ts';
import type { OptionValues } from '../option/option.ts';
import { error, type OptionProblem } from '../option/problem.ts';
import type { dispatchOptionsOf } from './notifier-options.ts';

type Values = OptionValues<ReturnType<typeof dispatchOptionsOf>>;

/** See `HoldPolicy` of dispatch. */
export interface HoldSettings {
  /** What is coalesced with what. */
  readonly by: 'mailbox' | 'user';
  readonly throttle?: Rate;
  readonly debounceMs?: number;
  readonly unlessReadMs?: number;
}

/** Undefined when nothing is held back. */
export function holdSettings(values: Values): HoldSettings | undefined {
  const { throttle, throttle_by: by, debounce: debounceMs, unless_read: unlessReadMs } = values;
  if (throttle === undefined && debounceMs === undefined && unlessReadMs === undefined) return undefined;
  return {
    by,
    ...(throttle === undefined ? {} : { throttle }),
    ...(debounceMs === undefined ? {} : { debounceMs }),
    ...(unlessReadMs === undefined ? {} : { unlessReadMs }),
  };
}

/** What keeps a method from holding events back in its own way, as it is written; undefined when nothing does. */
export function obstacleTo({ throttle, debounce, rate_limit: rate, order }: Values): string | undefined {
  if (throttle !== undefined) return 'throttle';
  if (debounce !== undefined) return 'debounce';
  if (rate !== undefined) return 'rate_limit';
  return order === 'received' ? 'order: received' : undefined;
}

const holding = ['throttle', 'debounce', 'unless_read'] as const;

export function holdProblems(values: Values): readonly OptionProblem[] {
  const [first] = holding.filter((option) => values[option] !== undefined);
  const problems: OptionProblem[] = [];
  if (values.throttle !== undefined && values.debounce !== undefined) {
    const message =
      'throttle and debounce contradict each other: the one lets the first event go at once, the other waits';
    problems.push({ option: 'debounce', ...error(message, 'remove one of them') });
  }
  if (first !== undefined && values.order === 'received') {
    const message = `${first} holds events back, and order: received lets nothing overtake them`;
    problems.push({ option: first, ...error(message, 'choose order: mailbox, or remove it') });
  }
  return problems;
}
