/** Opens a method as the daemon does it: the options go through their own parsers, the services are small and visible. */
import pino from 'pino';
import type { LineSink } from '../../src/base/line-sink.ts';
import type { Method, Notification, Notifier, Outcome, Services } from '../../src/notifier/notifier.ts';
import { docsOf } from '../../src/option/option.ts';

/** What a notifier wrote where it could be seen. */
export interface Witness {
  /** Lines of the notifier's own log, parsed. */
  readonly logged: readonly Record<string, unknown>[];
  /** Everything written to the daemon's standard output. */
  readonly written: readonly string[];
}

/** Services that keep in memory what is written to them; `services` replaces single ones. */
export function testServices(services: Partial<Services> = {}): Services & Witness {
  const logged: Record<string, unknown>[] = [];
  const written: string[] = [];
  const output: LineSink = {
    write: async (lines) => {
      written.push(lines);
    },
  };
  return {
    name: 'audit',
    log: pino({ level: 'trace' }, { write: (line: string) => logged.push(JSON.parse(line)) }),
    output,
    directory: '/nonexistent',
    servername: 'mail.example.org',
    postmaster: 'postmaster',
    specialUse: () => new Set(),
    version: '0.0.0',
    concurrency: 20,
    attemptTimeoutMs: 60_000,
    now: () => Date.now(),
    random: () => 0.5,
    ...services,
    logged,
    written,
  };
}

/** Opens `method` with options as they are written in the file; the defaults apply, `inherits` is not looked up. */
export function openMethod(
  method: Method,
  written: Readonly<Record<string, string>>,
  services: Services = testServices(),
): Promise<Notifier> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(method.options)) {
    const text = written[name] ?? docsOf(option).default;
    if (text !== undefined) values[name] = option.parse(text);
  }
  for (const name of Object.keys(written)) {
    if (!(name in method.options)) throw new Error(`method ${method.name} has no option ${name}`);
  }
  return method.open(values, services);
}

/** One attempt for one notification, which may take `attemptTimeoutMs`, as dispatch makes it. */
export async function attemptWithin(
  attemptTimeoutMs: number,
  notifier: Notifier,
  notification: Notification,
): Promise<Outcome | undefined> {
  const end = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const extend = (ms: number): void => {
    clearTimeout(timer);
    // By time: it is the limit that is tried.
    timer = setTimeout(() => end.abort('timeout'), ms);
  };
  extend(attemptTimeoutMs);
  const [outcome] = await notifier.notify([{ notification, attempt: 1, lane: '' }], end.signal, extend);
  clearTimeout(timer);
  return outcome;
}
