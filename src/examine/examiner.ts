/** Examines entries for many notifiers: each entry once, however many ask, as long as they ask at about the same time. */

import { messageOf } from '../base/error.ts';
import type { MailEvent } from '../base/event.ts';
import type { About, Entry, Position, RawRequest } from '../base/request.ts';
import { type Chooser, choose, type Filtered, unusableRoute } from './choose.ts';
import { type Examined, type ExamineParts, examine, type Flaw } from './examine.ts';
import { laneOf } from './lane-of.ts';
import { type Messages, messagesOf } from './messages.ts';
import { Repetitions } from './repetitions.ts';
import type { Order, Route } from './route.ts';

export interface Examiner {
  /** Finds out whether a new entry repeats an earlier one, see `Repetitions`. Called for each in the order of the spool. */
  recognise(entry: Entry): void;
  route(entry: Entry, chooser: Chooser): Route;
  /** Whether the entry is unusable. Remembered for many entries, so that other notifiers pass over it quickly. */
  isUnusable(entry: Entry): boolean;
  /** The stage of its flaw, see `Flaw`; undefined when it has none. Remembered as `isUnusable` is. */
  stageOf(entry: Entry): string | undefined;
  /** Why the entry is unusable; undefined when it is not. Never throws, nor do the others below; `route` may. */
  flaw(entry: Entry): Flaw | undefined;
  /** Its event, when it has one, nothing is wrong with it and it repeats no other entry. */
  event(entry: Entry): MailEvent | undefined;
  about(entry: Entry): About;
  /** What an event stays together with, see `laneOf`; undefined for a request of another class. */
  together(entry: Entry, order: Order): string | undefined;
  messages(entry: Entry): Messages | undefined;
}

interface Remembered {
  readonly position: Position;
  readonly examined: Examined;
  readonly filtered: Filtered;
  readonly bytes: number;
}

/**
 * Entries that are remembered, as many as notifiers that read together are apart (`dispatch/read-ahead.ts`): what lives longer costs
 * the collector of young objects more. And their bytes, because some may be large.
 */
export const rememberedEntries = 384;
const rememberedBytes = 8 * 1024 * 1024;

/** Entries of which nothing but this is remembered: whether they can be used. */
const rememberedVerdicts = 16_384;
const usable = 1;

const none: ReadonlySet<Position> = new Set();

const deadly: Examined = {
  user: '',
  recipients: new Set(),
  flaw: { stage: 'crash', message: 'examining it crashed belfry twice (or memory ran out, or the watchdog ended it)' },
};

/** What examining throws is a flaw of the request: it must stop nobody. */
function examinedSafely(request: RawRequest, parts: ExamineParts): Examined {
  try {
    return examine(request, parts);
  } catch (thrown) {
    const message = `examining it failed, which is a bug: ${messageOf(thrown)}`;
    return { user: '', recipients: new Set(), flaw: { stage: 'defect', message } };
  }
}

/**
 * `condemned`: entries that must not be examined, because that has ended the process. `repetitions` outlives it.
 * `onExamined` is called with each result, before anybody is answered; it must not throw.
 */
export function createExaminer(
  parts: ExamineParts,
  condemned: ReadonlySet<Position> = none,
  repetitions = new Repetitions(),
  onExamined: (examined: Examined) => void = () => {},
): Examiner {
  // Each position has its place, where it replaces an older one. A Map that is always added to and deleted from leaves dead
  // tables behind, which keep what was in them alive for the collector of young objects.
  const remembered = new Array<Remembered | undefined>(rememberedEntries).fill(undefined);
  let bytes = 0;
  const judged = new Float64Array(rememberedVerdicts);
  /** `usable`, or above it the place of the stage of its flaw. */
  const verdicts = new Uint8Array(rememberedVerdicts);
  /** They are words of this program, so there are few. */
  const stages: string[] = [];

  function verdictOf({ flaw }: Examined): number {
    if (flaw === undefined) return usable;
    const known = stages.indexOf(flaw.stage);
    return usable + (known < 0 ? stages.push(flaw.stage) : known + 1);
  }

  /** Undefined for an entry that was not examined, or long ago. */
  function verdictOn(position: Position): number | undefined {
    const place = position % rememberedVerdicts;
    return judged[place] === position ? verdicts[place] : undefined;
  }

  function look(entry: Entry): Remembered {
    const { position } = entry;
    const place = position % rememberedEntries;
    const before = remembered[place];
    if (before?.position === position) return before;
    const { request } = entry;
    const fresh = {
      position,
      examined: condemned.has(position) ? deadly : examinedSafely(request, parts),
      filtered: {},
      bytes: request.bytes.byteLength,
    };
    bytes -= before?.bytes ?? 0;
    const verdictPlace = position % rememberedVerdicts;
    judged[verdictPlace] = position;
    verdicts[verdictPlace] = verdictOf(fresh.examined);
    // What cannot be used is not asked for again: that it cannot be is remembered.
    const isKept = fresh.examined.flaw === undefined && bytes + fresh.bytes <= rememberedBytes;
    if (isKept) bytes += fresh.bytes;
    remembered[place] = isKept ? fresh : undefined;
    onExamined(fresh.examined);
    return fresh;
  }

  return {
    recognise(entry) {
      repetitions.read(entry, () => {
        const { request, flaw } = look(entry).examined;
        return flaw === undefined ? request?.announcement : undefined;
      });
    },
    isUnusable(entry) {
      const verdict = verdictOn(entry.position);
      return (verdict ?? verdictOf(look(entry).examined)) !== usable;
    },
    stageOf: (entry) => stages[(verdictOn(entry.position) ?? verdictOf(look(entry).examined)) - usable - 1],
    route(entry, chooser) {
      // Only that: an entry too large to be remembered is examined for each notifier, and not twice.
      if ((verdictOn(entry.position) ?? usable) !== usable) return unusableRoute;
      const { examined, filtered } = look(entry);
      return choose(entry, examined, chooser, filtered, repetitions.reasonAt(entry.position));
    },
    flaw: (entry) => look(entry).examined.flaw,
    event(entry) {
      const { event, flaw } = look(entry).examined;
      return flaw === undefined && repetitions.reasonAt(entry.position) === undefined ? event : undefined;
    },
    together(entry, order) {
      const { examined } = look(entry);
      return examined.event === undefined ? undefined : laneOf(entry, examined, order);
    },
    messages: (entry) => messagesOf(entry, look(entry).examined),
    about(entry) {
      const { request, event, user, mailbox } = look(entry).examined;
      return {
        class: request?.class ?? '',
        event: event?.event ?? '',
        user: user || (mailbox?.owner ?? ''),
        mailbox: mailbox?.name ?? '',
      };
    },
  };
}
