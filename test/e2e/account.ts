/** What was sent against what one notifier was delivered, by type: equal, changed, missing. */
import type { ComparedNotification } from './notification.ts';
import { lanesOf } from './notification.ts';

export interface Account {
  readonly sent: number;
  /** Arrived with the same content, in the order of their mailbox. */
  readonly equal: number;
  /** Arrived with other content, twice, or out of order. */
  readonly changed: number;
  readonly missing: number;
}

/** One row for each type that was sent or delivered. */
export function accountOf(
  sent: readonly ComparedNotification[],
  delivered: readonly ComparedNotification[],
): ReadonlyMap<string, Account> {
  const [sentLanes, deliveredLanes] = [lanesOf(sent), lanesOf(delivered)];
  const typeOf = new Map([...sent, ...delivered].map(({ content, type }) => [content, type]));
  const rows = new Map<string, { sent: number; delivered: number; equal: number }>();
  const row = (content: string): { sent: number; delivered: number; equal: number } => {
    const type = typeOf.get(content) ?? '';
    const known = rows.get(type) ?? { sent: 0, delivered: 0, equal: 0 };
    rows.set(type, known);
    return known;
  };
  for (const lane of new Set([...sentLanes.keys(), ...deliveredLanes.keys()])) {
    const [wanted, got] = [sentLanes.get(lane) ?? [], deliveredLanes.get(lane) ?? []];
    for (const content of wanted) row(content).sent += 1;
    for (const content of got) row(content).delivered += 1;
    for (const content of longestCommon(wanted, got)) row(content).equal += 1;
  }
  return new Map(
    [...rows].map(([type, { sent: all, delivered: arrived, equal }]) => [
      type,
      { sent: all, equal, changed: arrived - equal, missing: Math.max(0, all - arrived) },
    ]),
  );
}

/** The longest sequence that stands in both, in order. */
function longestCommon(one: readonly string[], other: readonly string[]): readonly string[] {
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const [left, right] = [one.slice(same), other.slice(same)];
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1));
  const length = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const longest = left[i] === right[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1));
      lengths[i]?.fill(longest, j, j + 1);
    }
  }
  const common = one.slice(0, same);
  for (let [i, j] = [0, 0]; i < left.length && j < right.length; ) {
    const text = left[i];
    if (text !== undefined && text === right[j]) {
      common.push(text);
      [i, j] = [i + 1, j + 1];
    } else if (length(i + 1, j) >= length(i, j + 1)) i += 1;
    else j += 1;
  }
  return common;
}
