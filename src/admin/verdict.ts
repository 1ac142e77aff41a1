/** One sentence that says whether all is well, and if not what is wrong, what it means and what to do. Pure. */
import { hasRejected, spanOf, timeOf } from './notifier-state.ts';
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
  /** `neededShare`: of its entries, those that a notifier has not come to; the others are kept for replay alone. */
  readonly spool: { readonly bytes: number; readonly maxBytes: number; readonly neededShare: number };
  readonly refused?: { readonly at: number; readonly reason: string } | undefined;
}

/** Shares of spool_max_size. */
const [fullShare, nearlyFullShare] = [0.99, 0.8];
/** A receiver that asks to be left alone for less is no trouble, unless that goes on for longer. */
const longPauseMs = 60_000;

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
  const received = Math.max(0, ...notifiers.map((row) => row.received));
  if (delivered === 0 && waiting === 0) {
    return {
      headline: 'Ready, and nothing has been delivered yet',
      explanation:
        configured.length === 0
          ? 'No notifier is configured: events go to the built-in log.'
          : received === 0
            ? 'The first event of the mail server will appear below.'
            : `${plural(received, 'event')} ${received === 1 ? 'was' : 'were'} received, and the filters left nothing of that to deliver; belfry explain says why.`,
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
  const usedShare = spool.bytes / spool.maxBytes;
  if (absence !== undefined) {
    troubles.push({
      level: 'bad',
      headline: 'New events are refused and lost',
      explanation: `The spool is gone from its place: ${absence}. Restore it, or restart belfry to begin a new one.`,
    });
  } else if (usedShare > fullShare && spool.neededShare === 1) {
    troubles.push({
      level: 'bad',
      headline: 'The spool is full, and new events are refused and lost',
      explanation:
        'A notifier still needs all that is in it. Raise spool_max_size and reload, or repair the receiver, or drop what waits.',
    });
  } else if (usedShare * spool.neededShare > nearlyFullShare) {
    troubles.push({
      level: 'warning',
      headline: 'The spool is nearly full',
      explanation: `What waits takes ${Math.floor(100 * usedShare * spool.neededShare)} % of spool_max_size; when it takes all, new events are refused. Repair the receiver, drop what waits, or raise spool_max_size.`,
    });
  }
  if (refused !== undefined) {
    troubles.push({
      level: 'warning',
      headline: 'The configuration on disk is not in force',
      explanation: `It was refused at ${timeOf(refused.at, now)}: ${ended(refused.reason)} The former one stays in force; belfry check shows the mistakes.`,
      action: { label: 'Show the configuration', kind: 'configuration' },
    });
  }
  if (suspectedLosses > 0) {
    troubles.push({
      level: 'warning',
      headline: `${plural(suspectedLosses, 'event')} may have been lost before belfry`,
      explanation:
        'Messages have arrived since the start without an event: the UIDs of their mailboxes have gaps. The log names the mailboxes; belfry doctor looks for the cause.',
    });
  }
  return troubles;
}

function notifierTroubles(row: NotifierRow, now: number): Trouble[] {
  const { notifier, dead } = row;
  const standing = standingTrouble(row, now);
  const troubles: Trouble[] = standing === undefined ? [] : [standing];
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

/** Why nothing is delivered at present. */
function standingTrouble(row: NotifierRow, now: number): Trouble | undefined {
  const { notifier, receiver, receiverPause: pause } = row;
  const unfinished = row.waiting + row.deferred;
  const safe =
    unfinished === 0
      ? 'Nothing waits.'
      : `${plural(unfinished, 'notification')} ${unfinished === 1 ? 'waits' : 'wait'}; nothing is lost.`;
  const failsFor = receiver?.failing === undefined ? 0 : now - receiver.at;
  if (pause !== undefined && pause.until > now) {
    const end = pause.isEndless ? 'until it is resumed' : `until ${timeOf(pause.until, now)}`;
    if (pause.byAdministrator) {
      return {
        ...{ level: 'warning', headline: `${notifier} is paused ${end}` },
        explanation: `An administrator has paused it. ${safe}`,
        action: { label: `Resume ${notifier}`, kind: 'resume', notifier },
      };
    }
    if (pause.isEndless === true || pause.until - now > longPauseMs) {
      return {
        ...{ level: pause.isEndless ? 'bad' : 'warning', headline: `${notifier} accepts nothing ${end}` },
        explanation: `Its receiver answered: ${sentence(pause.reason)} ${safe}`,
        action: { label: `Try ${notifier} now`, kind: 'resume', notifier },
      };
    }
    if (failsFor <= longPauseMs) return undefined;
  }
  // What a receiver refuses for good is told by its dead letters: it does answer.
  if (receiver?.failing === undefined || hasRejected(row)) return undefined;
  const headline = `${notifier} has not accepted anything for ${spanOf(failsFor)}`;
  // Nothing could be tried again.
  if (unfinished === 0) return { level: 'warning', headline, explanation: `${sentence(receiver.failing)} ${safe}` };
  return {
    ...{ level: 'bad', headline },
    explanation: `${sentence(receiver.failing)} ${safe}${nextAttempt(row, now)}`,
    action: { label: `Try ${notifier} now`, kind: 'retry', notifier },
  };
}

/** Not before the pauses of the receiver and of the circuit breaker are over. */
function nextAttempt({ nextAttemptAt, pausedUntil, receiverPause }: NotifierRow, now: number): string {
  const at = Math.max(nextAttemptAt ?? 0, pausedUntil ?? 0, receiverPause?.until ?? 0);
  return at <= now ? '' : ` The next attempt is in ${spanOf(at - now)}.`;
}

/** With a full stop, and with a capital letter unless it begins with a URL. */
function sentence(reason: string): string {
  const text = reason.trim();
  const first = /^[a-z]+:\/\//.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase();
  return text === '' ? 'The reason is not known.' : ended(`${first}${text.slice(1)}`);
}

const ended = (text: string): string => `${text}${/[.!?]$/.test(text) ? '' : '.'}`;
