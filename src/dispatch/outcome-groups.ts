/** Gathers what has become of entries since the last commit: those that ended in the same way together. */
import type { Position } from '../base/request.ts';
import { droppedForRoom } from '../spool/shares.ts';
import type { FinalOutcome, OutcomeGroup } from '../spool/spool.ts';

interface Group extends OutcomeGroup {
  readonly positions: Position[];
}

export class OutcomeGroups {
  #groups: Group[] = [];
  /** The last of each kind: what comes next mostly belongs to it. */
  #delivered: Group | undefined;
  #filtered: Group | undefined;
  #coalesced: Group | undefined;
  #dropped: Group | undefined;

  /** `at`: when the receiver had answered, `attempts` how many it took. */
  delivered(position: Position, at: number, attempts: number, detail: string | undefined): void {
    const last = this.#delivered;
    if (last !== undefined && last.outcome.attempts === attempts && last.outcome.detail === detail) {
      last.positions.push(position);
    } else {
      const answer = detail === undefined ? {} : { detail };
      this.#delivered = this.#begin({ state: 'delivered', attempts, ...answer }, at, position);
    }
  }

  filtered(position: Position, at: number, option: string, detail: string): void {
    const last = this.#filtered;
    if (last !== undefined && last.outcome.option === option && last.outcome.detail === detail) {
      last.positions.push(position);
    } else {
      this.#filtered = this.#begin({ state: 'filtered', option, detail }, at, position);
    }
  }

  /** `into`: the id of the one that stands for it. */
  coalesced(position: Position, at: number, into: string): void {
    const last = this.#coalesced;
    if (last?.outcome.detail === into) last.positions.push(position);
    else this.#coalesced = this.#begin({ state: 'coalesced', detail: into }, at, position);
  }

  /** For want of room. */
  dropped(position: Position, at: number): void {
    if (this.#dropped === undefined) this.#dropped = this.#begin(droppedForRoom, at, position);
    else this.#dropped.positions.push(position);
  }

  /** What was gathered, and begins anew; undefined when there is nothing. */
  take(): readonly OutcomeGroup[] | undefined {
    if (this.#groups.length === 0) return undefined;
    const groups = this.#groups;
    this.#groups = [];
    this.#delivered = undefined;
    this.#filtered = undefined;
    this.#coalesced = undefined;
    this.#dropped = undefined;
    return groups;
  }

  #begin(outcome: FinalOutcome, at: number, position: Position): Group {
    const group = { outcome, at, positions: [position] };
    this.#groups.push(group);
    return group;
  }
}
