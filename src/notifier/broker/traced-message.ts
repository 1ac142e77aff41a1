/** Reports a message of a test, and what a broker answers to it. */
import { messageOf } from '../../base/error.ts';
import type { TestRun } from '../test-run.ts';

interface TracedMessage<T> {
  /** Where it goes and what belongs to it, a line each; empty values are left out. */
  head(): Readonly<Record<string, string>>;
  payload(): string;
  publish(): Promise<T>;
  /** What was answered. */
  answer(result: T): string;
}

/** Publishes it. Without a test that is all: nothing else is asked for. */
export async function tracedMessage<T>(test: TestRun | undefined, message: TracedMessage<T>): Promise<T> {
  if (test === undefined) return message.publish();
  const head = Object.entries(message.head()).filter(([, value]) => value !== '');
  test.trace('sent', [...head.map(([name, value]) => `${name}: ${value}`), '', message.payload()].join('\n'));
  try {
    const result = await message.publish();
    test.trace('received', message.answer(result));
    return result;
  } catch (thrown) {
    test.trace('note', messageOf(thrown));
    throw thrown;
  }
}
