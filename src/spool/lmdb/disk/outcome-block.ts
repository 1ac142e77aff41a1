/**
 * What became of entries, packed for keeping: the distinct outcomes of a stretch of positions, and runs of entries that
 * share one. What goes well at the first attempt is the same for thousands of entries, and is one run with one time.
 */
import type { Position } from '../../../base/request.ts';
import type { OutcomeGroup, RecordedOutcome } from '../../spool.ts';

/** A stretch of the log. Plain data, as an engine keeps it; its first position is kept beside it. */
export interface OutcomeBlock {
  /** The last position. */
  readonly to: Position;
  readonly outcomes: readonly RecordedOutcome[];
  /** By turns how many entries, and 1 more than the place of their outcome in `outcomes`; 0 for a gap. */
  readonly runs: readonly number[];
}

export interface PlacedBlock {
  readonly from: Position;
  readonly block: OutcomeBlock;
}

/** Positions that one block spans at the most: a search for a position need look no further back. */
export const blockSpan = 4096;
/** A longer gap ends a block. */
const longestGap = 256;
/** Characters of an answer or a reason that are kept. */
const detailLength = 200;
/** Outcomes of so many milliseconds share a time. */
const sameTimeMs = 200;
/** Groups that are packed together, so that a position and its group fit into one number. */
const groupsAtOnce = 4096;

/** Packs what has become of entries, in the order in which it did: of two outcomes of an entry the later one counts. */
export function packOutcomes(groups: readonly OutcomeGroup[]): readonly PlacedBlock[] {
  const blocks: PlacedBlock[] = [];
  for (let first = 0; first < groups.length; first += groupsAtOnce) {
    packSome(groups.slice(first, first + groupsAtOnce), blocks);
  }
  return blocks;
}

function packSome(groups: readonly OutcomeGroup[], into: PlacedBlock[]): void {
  const recorded = groups.map(recordOf);
  const keys = recorded.map(keyOf);
  let building: Builder | undefined;
  // Sorted as numbers: by position, and for the same position as they came.
  const places = new Float64Array(groups.reduce((sum, { positions }) => sum + positions.length, 0));
  let place = 0;
  groups.forEach(({ positions }, group) => {
    for (const position of positions) places[place++] = position * groupsAtOnce + group;
  });
  places.sort();
  for (let i = 0; i < places.length; i++) {
    const group = (places[i] ?? 0) % groupsAtOnce;
    const position = ((places[i] ?? 0) - group) / groupsAtOnce;
    if (i + 1 < places.length && Math.floor((places[i + 1] ?? 0) / groupsAtOnce) === position) continue;
    const [key, outcome] = [keys[group], recorded[group]];
    if (key === undefined || outcome === undefined) continue;
    if (building === undefined || !building.takes(position)) {
      if (building !== undefined) into.push(building.block());
      building = new Builder(position);
    }
    building.add(position, key, outcome);
  }
  if (building !== undefined) into.push(building.block());
}

/** Not made with a spread: there may be one for every delivery, see the comment in `dispatch/observer.ts`. */
function recordOf({ outcome: { state, attempts, option, detail }, at }: OutcomeGroup): RecordedOutcome {
  const record: { -readonly [K in keyof RecordedOutcome]: RecordedOutcome[K] } = { state, at };
  if (attempts !== undefined) record.attempts = attempts;
  if (option !== undefined) record.option = option;
  if (detail !== undefined) record.detail = detail.slice(0, detailLength);
  return record;
}

/** Outcomes with the same key share one place, and the time of the first of them. */
function keyOf({ state, attempts, option, detail, at }: RecordedOutcome): string {
  const isCommon = state === 'filtered' || attempts === 1;
  return `${state} ${attempts} ${isCommon ? '' : at} ${JSON.stringify(option)} ${detail}`;
}

/** Whether a group may be added to an earlier one, with the time of that. */
export function goesWith(earlier: OutcomeGroup, { outcome, at }: OutcomeGroup): boolean {
  const { state, attempts, option, detail } = earlier.outcome;
  if (state !== outcome.state || attempts !== outcome.attempts || option !== outcome.option) return false;
  return detail === outcome.detail && at >= earlier.at && at - earlier.at < sameTimeMs;
}

class Builder {
  readonly #from: Position;
  #to: Position;
  readonly #places = new Map<string, number>();
  readonly #outcomes: RecordedOutcome[] = [];
  readonly #runs: number[] = [];

  constructor(from: Position) {
    this.#from = from;
    this.#to = from - 1;
  }

  takes(position: Position): boolean {
    return position - this.#from < blockSpan && position - this.#to <= longestGap;
  }

  /** In ascending order. */
  add(position: Position, key: string, outcome: RecordedOutcome): void {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#outcomes.push(outcome);
      this.#places.set(key, place);
    }
    if (position > this.#to + 1) this.#runs.push(position - this.#to - 1, 0);
    const last = this.#runs.length - 2;
    if (this.#runs[last + 1] === place) this.#runs[last] = (this.#runs[last] ?? 0) + 1;
    else this.#runs.push(1, place);
    this.#to = position;
  }

  block(): PlacedBlock {
    return { from: this.#from, block: { to: this.#to, outcomes: this.#outcomes, runs: this.#runs } };
  }
}

/** The outcomes in a block, a run at a time, in order. */
export function* runsOf({ from, block }: PlacedBlock): Generator<{
  readonly from: Position;
  readonly to: Position;
  readonly outcome: RecordedOutcome;
}> {
  let next = from;
  for (let i = 0; i + 1 < block.runs.length; i += 2) {
    const [count = 0, place = 0] = [block.runs[i], block.runs[i + 1]];
    const outcome = block.outcomes[place - 1];
    if (outcome !== undefined) yield { from: next, to: next + count - 1, outcome };
    next += count;
  }
}

/** The same block with nothing but these positions; undefined when there is none of them in it. */
export function partOfBlock(placed: PlacedBlock, kept: ReadonlySet<Position>): readonly PlacedBlock[] {
  const groups: OutcomeGroup[] = [];
  for (const { from, to, outcome } of runsOf(placed)) {
    const positions = [...kept].filter((position) => position >= from && position <= to);
    if (positions.length > 0) groups.push({ outcome, at: outcome.at, positions });
  }
  return packOutcomes(groups);
}
