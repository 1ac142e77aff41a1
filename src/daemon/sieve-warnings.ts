/** Warns, now and then, of Sieve scripts that ask for what they may not have: only the mail user's script can be mended. */
import type { Logger } from 'pino';
import type { Entry } from '../base/request.ts';
import type { Chooser } from '../examine/choose.ts';
import type { Examiner } from '../examine/examiner.ts';
import type { FilterReason } from '../filter/filter.ts';
import { rateLimited } from '../log/rate-limited.ts';

/** A mail user can send any number of them. */
const limit = { lines: 5, periodMs: 60_000, now: Date.now };

/** Takes note of each entry; warns of those of class SIEVE that `sieve_notifiers` held back and nobody is notified of. */
export function sieveWarnings(
  examiner: Pick<Examiner, 'about' | 'event' | 'route'>,
  choosers: readonly Chooser[],
  log: Pick<Logger, 'warn'>,
): (entry: Entry) => void {
  const limitedly = rateLimited(limit);
  return (entry) => {
    // Nearly every entry is an event, and has been examined already.
    if (examiner.event(entry) !== undefined) return;
    const { class: requestClass, user } = examiner.about(entry);
    if (requestClass.toUpperCase() !== 'SIEVE') return;
    let barred: FilterReason | undefined;
    for (const chooser of choosers) {
      const route = examiner.route(entry, chooser);
      if (route.kind === 'deliver') return;
      if (route.reason.option === 'sieve_notifiers') barred ??= route.reason;
    }
    if (barred === undefined) return;
    const { option, detail: reason } = barred;
    limitedly((suppressed) => {
      const fields = { id: entry.id, user, option, reason, ...(suppressed > 0 ? { suppressed } : {}) };
      log.warn(
        fields,
        'filtered a Sieve notification: its script names a method or notifier that sieve_notifiers does not allow',
      );
    });
  };
}
