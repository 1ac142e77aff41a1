/** What a change will do, said before it is done. */
import { count, plural } from './format.ts';
import { shown } from './printable.ts';

export type ChangeKind = 'retry-dead' | 'drop-dead' | 'retry-queue' | 'drop-queue';

export interface ChangeWords {
  readonly title: string;
  readonly explanation: string;
  readonly confirm: string;
}

/** `matching`: how many there are; `reason`: only those that were given up for it. */
export function wordsOf(kind: ChangeKind, notifier: string, matching: number, reason?: string): ChangeWords {
  const name = shown(notifier, 60);
  const because = reason === undefined ? '' : `, given up because of “${shown(reason, 160)}”`;
  const failed = reason === undefined ? '' : `, last failed with “${shown(reason, 160)}”`;
  const dead = `${plural(matching, 'dead letter')} of ${name}${because}`;
  const queued = `${plural(matching, 'notification')} in the queue of ${name}${failed}`;
  switch (kind) {
    case 'retry-dead':
      return {
        title: `Try ${plural(matching, 'dead letter')} of ${name} again${because}?`,
        explanation: `${matching === 1 ? 'It goes' : 'They go'} back into the queue of ${name} and ${matching === 1 ? 'is' : 'are'} attempted now. What fails again is retried, and becomes a dead letter again when belfry gives up.`,
        confirm: `Try ${count(matching)} again`,
      };
    case 'drop-dead':
      return {
        title: `Drop ${dead}?`,
        explanation: `${matching === 1 ? 'It is' : 'They are'} deleted for good: ${name} never gets ${matching === 1 ? 'it' : 'them'}. The log keeps one line about it.`,
        confirm: `Drop ${count(matching)}`,
      };
    case 'retry-queue':
      return {
        title: `Try ${queued} now?`,
        explanation: `belfry attempts ${matching === 1 ? 'it' : 'them'} at once instead of waiting for the next attempt. One that waits for an earlier one of its mailbox still waits for it.`,
        confirm: `Try ${count(matching)} now`,
      };
    case 'drop-queue':
      return {
        title: `Drop ${queued}?`,
        explanation: `${matching === 1 ? 'It is' : 'They are'} deleted for good: ${name} never gets ${matching === 1 ? 'it' : 'them'}. What is being attempted at this moment is left alone.`,
        confirm: `Drop ${count(matching)}`,
      };
  }
}

/** What was done. */
export function doneWords(kind: ChangeKind, changed: number, inProgress: number): string {
  const many = plural(changed, kind.endsWith('dead') ? 'dead letter' : 'notification');
  const rest = inProgress === 0 ? '' : ` ${count(inProgress)} left alone, because attempts are in progress.`;
  return `${kind.startsWith('drop') ? 'Dropped' : 'Trying'} ${many}${kind.startsWith('drop') ? '' : ' now'}.${rest}`;
}
