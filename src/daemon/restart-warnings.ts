/** What a reload cannot change. */
import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.ts';

/** Says which changed options a reload does not put in force. */
export function warnOfRestart(next: Configuration, old: Configuration, log: Logger): void {
  if (JSON.stringify(next.spool) !== JSON.stringify(old.spool)) {
    log.warn('the changed options of the spool take effect after a restart');
  }
  if (next.dispatchNice !== old.dispatchNice) log.warn('the changed dispatch_nice takes effect after a restart');
}
