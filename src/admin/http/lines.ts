/** Answers as a stream of lines: no more is made than the client takes, and nothing more once it has gone. */
import { setImmediate } from 'node:timers/promises';
import { asBelfryError } from '../../base/error.ts';
import type { AdminAnswer } from '../protocol.ts';

/** Bytes that are gathered before they are sent, and for how long at the most, in milliseconds. */
const gatherBytes = 16 * 1024;
const gatherMs = 100;

/** `onBug`: told of what is thrown and is no BelfryError; the client gets it as the last line. `onEnd`: called once. */
export function lineStream(
  answers: AsyncIterable<AdminAnswer>,
  onBug: (thrown: unknown) => void,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const texts = answers[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const take = async (): Promise<string | undefined> => {
    try {
      const { value, done } = await texts.next();
      return done === true ? undefined : `${JSON.stringify(value)}\n`;
    } catch (thrown) {
      const { code, message } = asBelfryError(thrown);
      if (code === 'INTERNAL') onBug(thrown);
      return `${JSON.stringify({ error: { code, message } })}\n`;
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const until = performance.now() + gatherMs;
        let gathered = '';
        while (gathered.length < gatherBytes && performance.now() < until) {
          const text = await take();
          if (text === undefined) {
            if (gathered !== '') controller.enqueue(encoder.encode(gathered));
            controller.close();
            onEnd();
            return;
          }
          gathered += text;
        }
        controller.enqueue(encoder.encode(gathered));
      },
      async cancel() {
        onEnd();
        await texts.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The same of texts that are sent as they come, those that are there already at once: server-sent events. */
export function eventStream(
  events: AsyncIterable<string>,
  onBug: (thrown: unknown) => void,
): ReadableStream<Uint8Array> {
  const texts = events[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<string, unknown>> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await (next ?? texts.next());
          next = undefined;
          if (done === true) {
            controller.close();
            return;
          }
          let gathered = value;
          while (gathered.length < gatherBytes) {
            next = texts.next();
            // What it throws is seen by whoever awaits it.
            next.catch(() => {});
            const more = await Promise.race([next, setImmediate()]);
            if (more === undefined || more.done === true) break;
            next = undefined;
            gathered += more.value;
          }
          controller.enqueue(encoder.encode(gathered));
        } catch (thrown) {
          onBug(thrown);
          controller.close();
        }
      },
      async cancel() {
        await texts.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
