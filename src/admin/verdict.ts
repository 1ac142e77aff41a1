/** One sentence that says whether all is well, and if not what is wrong, what it means and what to do. Pure. */
import { spanOf, timeOf } from './notifier-state.ts';
import type { NotifierRow } from './protocol.ts';
import { unusableConsumer } from './unusable-consumer.ts';

/** What an administrator can do about it. */
interface Remedy {
  readonly label: string;
  readonly kind: 'retry' | 'resume' | 'dead' | 'configuration';
  /** The notifier that it is about. */
  readonly notifier?: string;
}

interface Trouble {
  readonly level: 'bad' | 'warning';
  readonly headline: string;
  readonly explanation: string;
  readonly action?: Remedy;
}

export interface Verdict {
  readonly level: 'ok' | 'warning' | 'bad';
  readonly headline: string;
  readonly explanation: string;
  readonly action?: Remedy;
  /** All of them, the worst first. */
  readonly problems: readonly Trouble[];
}

/** What it is worked out from. Times in milliseconds since the epoch. */
export interface Standings {
  readonly now: number;
  readonly notifiers: readonly NotifierRow[];
  readonly suspectedLosses: number;
  /** Why new requests are refused. */
  readonly absence?: string | undefined;
  readonly spool: { readonly bytes: number; readonly maxBytes: number };
  readonly refused?: { readonly at: number; readonly reason: string } | undefined;
}

const count = (number: number): string => number.toLocaleString('en-US');
const plural = (number: number, one: string): string => `${count(number)} ${one}${number === 1 ? '' : 's'}`;

export function verdict(standings: Standings): Verdict {
  const problems = [
    ...daemonTroubles(standings),
    ...standings.notifiers.flatMap((row) => notifierTroubles(row, standings.now)),
  ];
  problems.sort((one, other) => Number(other.level === 'bad') - Number(one.level === 'bad'));
  const [worst] = problems;
  if (worst === undefined) return { level: 'ok', ...allIsWell(standings.notifiers), problems };
  const rest =
    problems.length === 1 ? 'Everything else is well.' : `${plural(problems.length - 1, 'further problem')} below.`;
  return { ...worst, explanation: `${worst.explanation} ${rest}`, problems };
}

function allIsWell(notifiers: readonly NotifierRow[]): Pick<Verdict, 'headline' | 'explanation'> {
  const used = notifiers.filter(
    ({ notifier, builtIn, delivered }) => notifier !== unusableConsumer && (builtIn !== true || delivered > 0),
  );
  const delivered = used.reduce((sum, row) => sum + row.delivered, 0);
  const waiting = used.reduce((sum, row) => sum + row.waiting + row.deferred, 0);
  const configured = used.filter(({ builtIn }) => builtIn !== true);
  if (delivered === 0 && waiting === 0) {
    return {
      headline: 'Ready, and nothing has been delivered yet',
      explanation:
        configured.length === 0
          ? 'No notifier is configured: events go to the built-in log.'
          : 'The first event of the mail server will appear below.',
    };
  }
  return {
    headline: 'All is well',
    explanation:
      waiting === 0 ? 'Everything received has been delivered.' : `${plural(waiting, 'notification')} on the way.`,
  };
}

function daemonTroubles({ now, suspectedLosses, absence, spool, refused }: Standings): Trouble[] {
  const troubles: Trouble[] = [];
  if (absence !== undefined) {
    troubles.push({
      level: 'bad',
      headline: 'New events are refused and lost',
      explanation: `The spool is gone from its place: ${absence}. Restore it, or restart belfry to begin a new one.`,
    });
  } else if (spool.bytes > spool.maxBytes * 0.9) {
    troubles.push({
      level: 'warning',
      headline: 'The spool is nearly full',
      explanation: `${Math.round((100 * spool.bytes) / spool.maxBytes)} % of spool_max_size is used; when it is full, belfry discards what is kept for replay, then refuses new events. Raise spool_max_size, or deliver or drop what waits.`,
    });
  }
  if (refused !== undefined) {
    troubles.push({
      level: 'warning',
      headline: 'The configuration on disk is not in force',
      explanation: `It was refused at ${timeOf(refused.at, now)}: ${refused.reason}. The former one stays in force; belfry check shows the mistakes.`,
      action: { label: 'Show the configuration', kind: 'configuration' },
    });
  }
  if (suspectedLosses > 0) {
    troubles.push({
      level: 'warning',
      headline: `${plural(suspectedLosses, 'event')} may have been lost before belfry`,
      explanation:
        'The UIDs of mailboxes have gaps: messages arrived without an event since the start. The log names the mailboxes; belfry doctor looks for the cause.',
    });
  }
  return troubles;
}

function notifierTroubles(row: NotifierRow, now: number): Trouble[] {
  const { notifier, receiver, receiverPause: pause, dead, nextAttemptAt } = row;
  const unfinished = row.waiting + row.deferred;
  const safe =
    unfinished === 0
      ? 'Nothing waits.'
      : `${plural(unfinished, 'notification')} ${unfinished === 1 ? 'waits' : 'wait'}; nothing is lost.`;
  const troubles: Trouble[] = [];
  if (pause !== undefined && pause.until > now) {
    const end = pause.isEndless ? 'until it is resumed' : `until ${timeOf(pause.until, now)}`;
    const isLong = pause.isEndless === true || pause.until - now > 60_000;
    if (pause.byAdministrator) {
      troubles.push({
        ...{
          level: 'warning',
          headline: `${notifier} is paused ${end}`,
          explanation: `An administrator has paused it. ${safe}`,
        },
        action: { label: `Resume ${notifier}`, kind: 'resume', notifier },
      });
    } else if (isLong) {
      troubles.push({
        ...{ level: pause.isEndless ? 'bad' : 'warning', headline: `${notifier} accepts nothing ${end}` },
        explanation: `Its receiver answered: ${sentence(pause.reason)} ${safe}`,
        action: { label: `Try ${notifier} now`, kind: 'resume', notifier },
      });
    }
  } else if (receiver?.failing !== undefined) {
    const next =
      nextAttemptAt === undefined || nextAttemptAt <= now
        ? ''
        : ` The next attempt is in ${spanOf(nextAttemptAt - now)}.`;
    troubles.push({
      ...{ level: 'bad', headline: `${notifier} has not accepted anything for ${spanOf(now - receiver.at)}` },
      explanation: `${sentence(receiver.failing)} ${safe}${next}`,
      action: { label: `Try ${notifier} now`, kind: 'retry', notifier },
    });
  }
  if (dead > 0 && notifier === unusableConsumer) {
    troubles.push({
      ...{ level: 'warning', headline: `${plural(dead, 'request')} could not be understood` },
      explanation: 'They are kept with the reason; a sender writes something that belfry cannot read.',
      action: { label: 'Show them', kind: 'dead', notifier },
    });
  } else if (dead > 0) {
    troubles.push({
      ...{ level: 'warning', headline: `${notifier} has ${plural(dead, 'dead letter')}` },
      explanation:
        'belfry gave up on them and keeps them with every attempt; look at the reason, then try again or drop them.',
      action: { label: 'Show them', kind: 'dead', notifier },
    });
  }
  return troubles;
}

/** With a full stop, and with a capital letter unless it begins with a URL. */
function sentence(reason: string): string {
  const text = reason.trim();
  const first = /^[a-z]+:\/\//.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase();
  return `${first}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
