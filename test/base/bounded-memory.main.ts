/**
 * Feeds each memory of what comes from outside with names that are all new and long, and prints as JSON by how many bytes
 * the heap has grown for each. A program of its own, because it asks the collector what is really still there.
 */
import { GapWatch } from '../../src/examine/gap-watch.ts';
import { Repetitions } from '../../src/examine/repetitions.ts';
import { compileRouting } from '../../src/examine/routing.ts';
import { rememberedRecipients } from '../../src/notifier/mailto/smtp.ts';

const collect = globalThis.gc;
if (collect === undefined) throw new Error('run it with --expose-gc');

const length = 32_000;
const count = 10_000;
/** One flat text of `length` bytes, as a decoder makes it. */
const name = (i: number): string => Buffer.alloc(length, `${i}/`).toString('latin1');

/** Answers what holds the memory, so that it is still there when it is weighed, and feeds one item to it. */
type Make = () => readonly [held: unknown, feed: (i: number) => void];

const memories: Readonly<Record<string, Make>> = {
  arrivals() {
    const watch = new GapWatch();
    return [watch, (i) => watch.see({ event: 'MessageNew', uri: `imap://h/${name(i)};UIDVALIDITY=1/;UID=${i}` })];
  },
  methods() {
    const routing = compileRouting({ notifiers: [], defaultNotifiers: [], sieveNotifiers: [] });
    const request = { priority: '', user: '', mailbox: '', options: [], message: '' };
    return [routing, (i) => routing({ ...request, class: i % 2 === 0 ? 'SIEVE' : 'EVENT', method: name(i) })];
  },
  smtp() {
    const accepted = rememberedRecipients();
    return [accepted, (i) => accepted.set(`${i}`, new Set([name(i)]))];
  },
  repetitions() {
    const repetitions = new Repetitions();
    const read = (position: number, source: number, i: number): void => {
      const request = { format: 'dovecot', bytes: Buffer.alloc(0), source } as const;
      const announcement = { what: name(i), server: `${i}`, once: i % 2 === 0, state: [name(i)] };
      repetitions.read({ position, id: `ID${i}`, receivedAt: 0, request }, () => announcement);
    };
    const feed = (i: number): void => {
      for (const source of [1, 2, 3]) read(3 * i + source - 3, source, i);
    };
    return [repetitions, feed];
  },
};

const report: Record<string, { fed: number; grown: number }> = {};
for (const [memory, make] of Object.entries(memories)) {
  collect();
  const before = process.memoryUsage();
  const [held, feed] = make();
  for (let i = 1; i <= count; i += 1) feed(i);
  collect();
  const after = process.memoryUsage();
  report[memory] = { fed: length * count, grown: after.heapUsed + after.external - before.heapUsed - before.external };
  if (held === undefined) throw new Error('nothing is held');
}
process.stdout.write(JSON.stringify(report));
