/**
 * Finds the entry that ends the process: by a crash, by taking all memory, by hanging until the watchdog kills it. What a
 * consumer is at work on is noted in the spool. After an end that nobody asked for, what was in progress goes one entry at a
 * time; one that has then ended the process twice is given up.
 *
 * An innocent entry may be in progress when somebody kills the process. So one counts only where nothing else can have been
 * the cause: it was alone in being examined or begun, which takes some microseconds; or it was the only one under way, after
 * an earlier end had made it suspect.
 */
import type { Position } from '../base/request.ts';
import type { Spool } from '../spool/spool.ts';
import type { AtWork, Stretch, WorkNotes } from '../spool/work-notes.ts';
import type { DispatchLog } from './unbreakable.ts';

/** How often an entry may end the process before it is given up. */
const patience = 2;

/** What is made of what a process has left. */
export type Verdict = Pick<AtWork, 'blamed' | 'suspects'>;

/** `left`: by consumer. What was being examined is suspect for all of them, since each examines it. */
export function judge(names: readonly string[], left: ReadonlyMap<string, AtWork>): ReadonlyMap<string, Verdict> {
  const all = [...left.values()];
  const running = all.find((one) => one.running !== undefined)?.running;
  const underWay = all.reduce((sum, { entries }) => sum + entries, 0);
  const examined = running?.kind === 'examining' ? [running] : [];
  const verdicts = names.map((name): [string, Verdict] => {
    const found = left.get(name);
    if (found === undefined) return [name, { suspects: examined }];
    const alone = running === undefined && found.careful && found.entries === 1 && underWay === 1;
    const cause = found.running ?? (alone ? found.underWay[0] : undefined);
    const began = found.running?.kind === 'attempting' ? [found.running] : [];
    // What was only under way while something else ran was not the cause.
    const suspects = [...examined, ...began, ...(running === undefined ? found.underWay : []), ...found.suspects];
    if (cause === undefined || cause.first !== cause.last) return [name, { ...found, suspects }];
    const [kind, position] = [found.running?.kind ?? 'attempting', cause.first];
    const isKnown = found.blamed?.position === position && found.blamed.kind === kind;
    const times = (isKnown ? (found.blamed?.times ?? 0) : 0) + 1;
    return [name, { suspects, blamed: { kind, position, times } }];
  });
  return new Map(verdicts);
}

/** For each of these consumers what is suspected, from what the process before this one has left. */
export function suspicions(names: readonly string[], spool: Spool, log: DispatchLog): ReadonlyMap<string, Suspicion> {
  const { notes } = spool;
  const left = new Map<string, AtWork>();
  for (const name of names) {
    const found = orUndefined(() => notes?.read(name));
    if (found !== undefined) left.set(name, found);
  }
  const verdicts = judge(names, left);
  // For whichever notifier it was examined: the entry is the same.
  const examined = new Map<Position, number>();
  for (const [notifier, { suspects, blamed }] of verdicts) {
    if (blamed?.kind === 'examining')
      examined.set(blamed.position, (examined.get(blamed.position) ?? 0) + blamed.times);
    const [first] = suspects;
    if (first === undefined) continue;
    const { position, times } = blamed ?? { position: undefined, times: undefined };
    const fields = {
      notifier,
      first: first.first,
      last: first.last,
      ...(times === undefined ? {} : { blamed: position, times }),
    };
    log.warn(
      fields,
      'belfry crashed or was killed while these entries were in progress; processing them one at a time',
    );
  }
  for (const [position, times] of examined) {
    if (times < patience) continue;
    notes?.condemn(position);
    log.error({ position, times }, 'examining this entry crashed belfry; treating it as unusable');
  }
  return new Map(names.map((name) => [name, new Suspicion(name, notes, verdicts.get(name))]));
}

function orUndefined<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

export class Suspicion {
  readonly #name: string;
  #notes: WorkNotes | undefined;
  #suspects: readonly Stretch[];
  #blamed: AtWork['blamed'];
  #calls: readonly (Stretch & { readonly positions: readonly Position[] })[] = [];
  #careful = false;
  #isNoted = true;

  constructor(name: string, notes: WorkNotes | undefined, verdict: Verdict = { suspects: [] }) {
    const { blamed, suspects } = verdict;
    this.#name = name;
    this.#notes = notes;
    this.#suspects = suspects;
    this.#blamed = blamed;
    this.#note();
  }

  /** Whether anything is suspect. */
  get isAny(): boolean {
    return this.#suspects.length > 0;
  }

  /** Whether entries go one at a time, where `readTo` is the newest that was read: not before a suspect one is reached. */
  isCareful(readTo: Position): boolean {
    this.#careful = this.#suspects.some(({ first }) => first <= readTo + 1);
    return this.#careful;
  }

  /** How many of `most` entries after `readTo` may be examined in one step. */
  step(readTo: Position, most: number): number {
    const ahead = this.#suspects.filter(({ last }) => last > readTo).map(({ first }) => first - readTo - 1);
    return Math.max(1, Math.min(most, ...ahead));
  }

  /** The last suspect entry. */
  get last(): Position {
    return this.#suspects.reduce((most, { last }) => Math.max(most, last), 0);
  }

  covers(position: Position): boolean {
    return this.#suspects.some(({ first, last }) => first <= position && position <= last);
  }

  /** Why an entry is given up without another attempt; undefined for one that is not. */
  verdictOn(position: Position): string | undefined {
    const blamed = this.#blamed;
    if (blamed?.position !== position || blamed.times < patience) return undefined;
    return `it crashed belfry ${blamed.times} times during an attempt (or memory ran out, or the watchdog ended it)`;
  }

  /** Examines entries: `act` must not wait for anything. */
  examining<T>(first: Position, last: Position, act: () => T): T {
    this.#note({ kind: 'examining', first, last });
    try {
      return act();
    } finally {
      const blamed = this.#blamed;
      const isPast = blamed?.kind === 'examining' && first <= blamed.position && blamed.position <= last;
      if (isPast) this.#blamed = undefined;
      this.#note();
    }
  }

  /** Begins a call; what it does before it first waits counts as running. */
  attempting<T>(positions: readonly Position[], begin: () => T): T {
    const [first, last] = [Math.min(...positions), Math.max(...positions)];
    this.#calls = [...this.#calls, { first, last, positions }];
    this.#note({ kind: 'attempting', first, last });
    try {
      return begin();
    } finally {
      this.#note();
    }
  }

  /** A call has come back; `positions` is what it was begun with. */
  finished(positions: readonly Position[]): void {
    this.#calls = this.#calls.filter((call) => call.positions !== positions);
    const blamed = this.#blamed;
    if (blamed?.kind === 'attempting' && positions.includes(blamed.position)) this.#blamed = undefined;
    this.#isNoted = false;
  }

  /** Nothing that was suspect is left to be done. */
  clear(): void {
    this.#suspects = [];
    this.#careful = false;
    if (this.#blamed !== undefined && this.#blamed.times >= patience) this.#blamed = undefined;
    this.#isNoted = false;
  }

  /** Notes what has changed. */
  flush(): void {
    if (!this.#isNoted) this.#note();
  }

  /** The process is being stopped: however it ends now, no entry is the cause. */
  close(): void {
    this.#calls = [];
    this.#suspects = [];
    this.#note();
    this.#notes = undefined;
  }

  #note(running?: AtWork['running']): void {
    this.#isNoted = true;
    if (this.#notes === undefined) return;
    const entries = this.#calls.reduce((sum, { positions }) => sum + positions.length, 0);
    this.#notes.write(this.#name, {
      ...(running === undefined ? {} : { running }),
      ...(this.#blamed === undefined ? {} : { blamed: this.#blamed }),
      ...{ entries, careful: this.#careful, underWay: this.#calls, suspects: this.#suspects },
    });
  }
}
