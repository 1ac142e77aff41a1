/** Retry and drop: what an administrator changes in the queue and among the dead letters, a page in each pause. */

import { BelfryError } from '../base/error.ts';
import type { Entry, Position } from '../base/request.ts';
import type { Pause } from '../spool/pause.ts';
import type { DeadLetter, Deferral, OutcomeGroup, Progress } from '../spool/spool.ts';
import {
  type AdminContext,
  breathe,
  commitInParts,
  deferrals,
  entries,
  letters,
  pageLength,
  settledBetween,
} from './context.ts';
import { count, namesMeant } from './list.ts';
import { endPauses } from './pauses.ts';
import type { AdminSummary, RequestOf } from './protocol.ts';
import { compileQueueSelection, type WhyThere } from './selection.ts';

interface ProgressRow {
  readonly progress: { readonly done: number; readonly total: number };
}
export type Changing = AsyncGenerator<ProgressRow, AdminSummary, void>;

type Change = RequestOf<'retry' | 'drop'>;

/**
 * Retry makes deferred entries due now and dead letters deferred again, with a new life: their time to be given up
 * counts from now. Drop removes them, and what waits unread. An entry that is being attempted is left alone.
 */
export async function* retryOrDrop(tools: AdminContext, wanted: Change): Changing {
  const { spool, about, now } = tools;
  const names = await namesMeant(tools, wanted.notifier);
  const countedAt = now();
  const isCounted = wanted.command === 'drop' && wanted.expect !== undefined;
  if (isCounted) await mustNotExceed(tools, wanted, wanted.expect ?? 0);
  const matches = compileQueueSelection(wanted.selection, about, countedAt);
  // What has come or died since the count was not counted.
  const selects: Selects = (entry, why) =>
    !(isCounted && Math.max(entry.receivedAt, why.at ?? 0) > countedAt) && matches(entry, why);
  const { last, consumers } = await spool.state();
  const meant = consumers.filter(({ name }) => names.includes(name));
  const total = meant.reduce((sum, { cursor, deferred, dead }) => {
    if (wanted.from === 'dead') return sum + dead;
    return sum + deferred + (wanted.command === 'drop' ? last - cursor : 0);
  }, 0);
  const summary = { changed: 0, inProgress: 0 };
  let done = 0;
  const add = (step: Step): ProgressRow => {
    summary.changed += step.changed;
    summary.inProgress += step.inProgress;
    done = Math.min(total, done + step.seen);
    return { progress: { done, total } };
  };
  for (const name of names) {
    // "Again" implies that the receiver is back.
    if (wanted.command === 'retry') await endPauses(tools, name, 'receiver');
    if (wanted.from === 'dead') {
      for await (const step of changeDead(tools, name, wanted.command, selects)) yield add(step);
    } else {
      // First what waits: what a notifier has begun to read of it is deferred by the pause, and found there.
      if (wanted.command === 'drop') {
        for await (const step of dropWaiting(tools, name, selects)) yield add(step);
      }
      for await (const step of changeDeferred(tools, name, wanted.command, selects)) yield add(step);
    }
  }
  return summary;
}

/** Throws BelfryError CONFLICT where more is meant now than somebody was told. */
async function mustNotExceed(tools: AdminContext, wanted: Change, expected: number): Promise<void> {
  const matching = await count(tools, wanted);
  if (matching <= expected) return;
  throw new BelfryError(
    'CONFLICT',
    `${matching} notifications match now, and not ${expected} as before; nothing was dropped: look again, then drop`,
  );
}

interface Step {
  readonly seen: number;
  readonly changed: number;
  readonly inProgress: number;
}
type Steps = AsyncGenerator<Step, void, void>;
type Selects = (entry: Entry, why: WhyThere) => boolean;

async function* changeDead(tools: AdminContext, name: string, command: Change['command'], selects: Selects): Steps {
  const { spool, pause, now } = tools;
  let start = 0;
  const positionOf = ({ entry }: DeadLetter): Position => entry.position;
  for await (const page of letters(tools, name)) {
    const after = start;
    start = page.map(positionOf).at(-1) ?? start;
    let changed = 0;
    if (page.some((letter) => selects(letter.entry, letter))) {
      changed = await pause(name, async () => {
        // Looked up again: somebody else may have been here before the pause.
        const letters = (await spool.dead(name, after, page.length)).filter((letter) => selects(letter.entry, letter));
        if (letters.length === 0) return 0;
        const positions = letters.map(positionOf);
        if (command === 'drop') {
          await commitInParts(positions, (part) =>
            spool.commit(name, {
              ...{ removeDead: part, ahead: part, outcomes: dropped('dead', part, now()) },
              tally: { dropped: part.length },
            }),
          );
        } else {
          const defer = letters.map(({ entry, lane }) => dueNow(entry, lane));
          await spool.commit(name, { removeDead: positions, defer });
        }
        return letters.length;
      });
    }
    yield { seen: page.length, changed, inProgress: 0 };
  }
}

function dropped(from: Change['from'], positions: readonly Position[], at: number): readonly OutcomeGroup[] {
  if (positions.length === 0) return [];
  return [
    { outcome: { state: 'dropped', detail: `dropped by an administrator (belfry ${from} drop)` }, at, positions },
  ];
}

/** Due now. What was received first is longest due, so it comes first. */
export function dueNow({ position, receivedAt }: Entry, lane: string): Deferral {
  return { position, lane, dueAt: receivedAt, attempts: [] };
}

async function* changeDeferred(tools: AdminContext, name: string, command: Change['command'], selects: Selects): Steps {
  const { spool, pause, now } = tools;
  const find = async (page: readonly Deferral[]) => {
    const found: { readonly deferral: Deferral; readonly receivedAt: number }[] = [];
    // One after the other, and none is kept: they may be large.
    for (const deferral of page) {
      const entry = await spool.get(deferral.position);
      if (entry !== undefined && selects(entry, deferral)) found.push({ deferral, receivedAt: entry.receivedAt });
    }
    return found;
  };
  const act = async (after: Position, length: number, { underWay }: Pause): Promise<Omit<Step, 'seen'>> => {
    const found = await find(await spool.deferred(name, after, length));
    const free = found.filter(({ deferral }) => !underWay.has(deferral.position));
    await commitInParts(free, async (part) => {
      const finished = part.map(({ deferral }) => deferral.position);
      const progress: Progress =
        command === 'drop'
          ? {
              ...{ removeDeferred: finished, ahead: finished, outcomes: dropped('queue', finished, now()) },
              tally: { dropped: part.length },
            }
          : { defer: part.map(({ deferral, receivedAt }) => ({ ...deferral, dueAt: receivedAt })) };
      await spool.commit(name, progress);
    });
    return { changed: free.length, inProgress: found.length - free.length };
  };
  let start = 0;
  for await (const page of deferrals(tools, name)) {
    const after = start;
    start = page.at(-1)?.position ?? start;
    const some = (await find(page)).length > 0;
    const step = some ? await pause(name, (moment) => act(after, page.length, moment)) : { changed: 0, inProgress: 0 };
    yield { seen: page.length, ...step };
  }
}

const untried: WhyThere = { attempts: [] };

/**
 * Walks the cursor over what waits, up to the last that is meant: drops that, and defers what lies between, due now.
 */
async function* dropWaiting(tools: AdminContext, name: string, selects: Selects): Steps {
  const { spool, lane, pause, now } = tools;
  const { last } = await spool.state();
  const { cursor } = await spool.consumer(name);
  let target = 0;
  for await (const page of entries(tools, cursor)) {
    for (const entry of page) {
      if (entry.position <= last && selects(entry, untried) && lane(name, entry) !== undefined) target = entry.position;
    }
    if ((page.at(-1)?.position ?? 0) >= last) break;
  }
  for (let more = target > cursor; more; ) {
    const step = await pause(name, async () => {
      const { cursor: at } = await spool.consumer(name);
      const page = (await spool.read(at, pageLength)).filter(({ position }) => position <= target);
      const end = page.at(-1)?.position;
      if (end === undefined) return { seen: 0, changed: 0, inProgress: 0 };
      const { kept, finished } = await settledBetween(tools, name, at, end);
      const defer: Deferral[] = [];
      const drop: Position[] = [];
      let filtered = 0;
      for (const entry of page.filter(({ position }) => !kept.has(position) && !finished.has(position))) {
        const key = lane(name, entry);
        if (key === undefined) filtered++;
        else if (selects(entry, untried)) drop.push(entry.position);
        else defer.push(dueNow(entry, key));
      }
      // What is neither read nor settled cannot be read.
      const damaged = end - at - new Set([...page.map(({ position }) => position), ...kept, ...finished]).size;
      const outcomes = dropped('queue', drop, now());
      await spool.commit(name, { cursor: end, defer, outcomes, tally: { dropped: drop.length, filtered, damaged } });
      return { seen: page.length, changed: drop.length, inProgress: 0 };
    });
    more = step.seen > 0;
    yield step;
    await breathe();
  }
}
