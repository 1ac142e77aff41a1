/** What the daemon gives to one notifier when it opens it. */
import type { Logger } from 'pino';
import type { LineSink } from '../base/line-sink.ts';
import { version } from '../base/version.ts';
import type { Configuration, NotifierConfiguration } from '../config/configuration.ts';
import type { SpecialUse } from '../filter/special-use.ts';
import type { Services } from '../notifier/notifier.ts';

export interface SharedServices {
  readonly log: Logger;
  readonly output: LineSink;
  readonly specialUse: SpecialUse;
}

export function servicesFor(
  { name, dispatch }: Pick<NotifierConfiguration, 'name' | 'dispatch'>,
  configuration: Pick<Configuration, 'servername' | 'postmaster' | 'spool'>,
  { log, output, specialUse }: SharedServices,
): Services {
  return {
    name,
    log: log.child({ notifier: name }),
    output,
    servername: configuration.servername,
    postmaster: configuration.postmaster,
    specialUse,
    directory: configuration.spool.directory,
    version: version(),
    concurrency: dispatch.concurrency,
    attemptTimeoutMs: dispatch.attemptTimeoutMs,
    now: Date.now,
    random: Math.random,
  };
}
