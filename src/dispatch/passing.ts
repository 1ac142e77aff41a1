/** What a consumer passes over without an attempt: entries that an option filters, and those that cannot be used. */
import type { Entry } from '../base/request.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { AttemptRecord } from '../spool/spool.ts';
import type { ConsumerParts } from './consumer-parts.ts';
import type { PendingProgress } from './pending-progress.ts';
import { UnusableLetter } from './unusable.ts';

type Passed = Exclude<Route | Unusable, { kind: 'deliver' }>;

export class Passing {
  readonly #name: string;
  readonly #parts: Pick<ConsumerParts, 'spool' | 'observer' | 'now'>;
  /** How many more dead letters of this step are kept. */
  #admitted = 0;
  #discarded = 0;
  #example: UnusableLetter | undefined;

  constructor(name: string, parts: Pick<ConsumerParts, 'spool' | 'observer' | 'now'>) {
    this.#name = name;
    this.#parts = parts;
  }

  /** Before the entries of a step. */
  begin(routes: readonly (Route | Unusable)[]): void {
    let unusable = 0;
    for (const { kind } of routes) if (kind === 'unusable') unusable += 1;
    this.#admitted = unusable === 0 ? 0 : this.#parts.spool.admit(this.#name, unusable);
  }

  /** A fresh entry. */
  passOver(progress: PendingProgress, entry: Entry, route: Passed, at: number): void {
    if (route.kind === 'filtered') {
      this.#parts.observer.filtered(this.#name, entry, route.reason.option, route.reason.detail);
      progress.filtered(entry.position, route.reason, at);
    } else if (this.#admitted > 0) {
      this.#admitted -= 1;
      progress.unusable(this.letter(entry, route));
    } else {
      // Of a flood: nothing more is made of it.
      this.#example ??= new UnusableLetter(entry, route, at);
      this.#discarded += 1;
      progress.discarded(entry.position, at);
    }
  }

  /** After the entries of a step. */
  end(): void {
    const [count, example] = [this.#discarded, this.#example];
    if (example === undefined) return;
    this.#discarded = 0;
    this.#example = undefined;
    this.#parts.observer.discarded({ consumer: this.#name, count, letters: [example] });
  }

  letter(entry: Entry, route: Unusable, attempts?: readonly AttemptRecord[]): UnusableLetter {
    const letter = new UnusableLetter(entry, route, this.#parts.now(), attempts);
    this.#parts.observer.unusable(this.#name, letter);
    return letter;
  }
}
