/** Runs intakes in threads of their own: one appends to the spool and parses nothing, another parses and appends through it. */
import { MessageChannel } from 'node:worker_threads';
import type { IntakeSetting } from '../intake/intake.ts';
import { kindOf } from '../intake/table.ts';
import type { SpoolLocation } from '../spool/engine.ts';
import type { IntakeHost, IntakeHostEvents } from './intake-host.ts';
import type { Renewal } from './intakes.ts';
import type { IntakeThreadData } from './messages.ts';
import { IntakeThread } from './thread.ts';

/**
 * The spool is open already. The first thread is started at once, with the priority that this one has now; the second when
 * it is needed, and gives way to the first: what it does must not hold up the other.
 */
export function hostInThreads<Setting extends IntakeSetting>(
  { engine, spool, logLevel: first }: Pick<IntakeThreadData, 'engine' | 'logLevel'> & { readonly spool: SpoolLocation },
  events: IntakeHostEvents,
): IntakeHost<Setting> {
  let logLevel = first;
  const appending = new IntakeThread({ engine, into: { spool }, logLevel }, events);
  let parsing: IntakeThread | undefined;
  const parsingThread = async (): Promise<IntakeThread> => {
    if (parsing === undefined) {
      const { port1, port2 } = new MessageChannel();
      parsing = new IntakeThread({ engine, into: { port: port1 }, logLevel }, events);
      await appending.serve(port2);
    }
    return parsing;
  };
  const parses = (setting: IntakeSetting): boolean => kindOf(setting).thread === 'parse';
  return {
    async listen(setting, descriptor) {
      const thread = parses(setting) ? await parsingThread() : appending;
      return thread.listen(setting, descriptor);
    },
    async renew(renewals) {
      const of = (isParsed: boolean): readonly Renewal[] =>
        renewals.filter(([{ setting }]) => parses(setting) === isParsed).map(([{ id }, setting]) => ({ id, setting }));
      // Of those that append none can refuse.
      await parsing?.renew(of(true));
      await appending.renew(of(false));
    },
    setLogLevel(level) {
      logLevel = level;
      for (const thread of [appending, parsing]) thread?.setLogLevel(level);
    },
    vitals() {
      const alive = new Map([['the intake', appending.alive()]]);
      if (parsing !== undefined) alive.set('the intake over HTTP', parsing.alive());
      return alive;
    },
    async facts(isScraped) {
      const [own, other] = await Promise.all([appending.facts(isScraped), parsing?.facts(isScraped)]);
      return [{ thread: 'intake', ...own }, ...(other === undefined ? [] : [{ thread: 'http', ...other }])];
    },
    async close() {
      await parsing?.end();
      await appending.end();
    },
  };
}
