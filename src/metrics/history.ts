/** What the last hour was like, in steps of ten seconds, and how long deliveries took in the last minutes. */
import { type HistogramData, type Quantiles, quantile, quantilesOf, since } from './histogram.ts';

/** All that was counted until now. */
export interface Totals {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly received: number;
  readonly stored?: HistogramData | undefined;
  /** Those that are configured. */
  readonly notifiers: ReadonlyMap<string, NotifierTotals>;
}

interface NotifierTotals {
  readonly delivered: number;
  readonly waiting: number;
  /** Absent: nothing was delivered yet. */
  readonly delivery: HistogramData | undefined;
}

/** For each step one number, the oldest first. */
type Series = readonly number[];
/** The same; null where there is none, because nothing was stored or delivered. */
type Gapped = readonly (number | null)[];

export interface HistoryAnswer {
  readonly stepMs: number;
  readonly at: readonly number[];
  /** By second. */
  readonly received: Series;
  readonly delivered: Series;
  readonly storedP99Ms: Gapped;
  readonly notifiers: Readonly<
    Record<string, { readonly delivered: Series; readonly p99Ms: Gapped; readonly waiting: Series }>
  >;
}

export const stepMs = 10_000;
const stepsKept = 360;
/** The last minutes are between one and two times so many steps. */
const recentSteps = 15;

/** A ring of numbers. */
class Ring {
  readonly #values = new Float64Array(stepsKept).fill(Number.NaN);

  set(step: number, value: number | undefined): void {
    this.#values[step % stepsKept] = value ?? Number.NaN;
  }

  /** Without gaps. */
  whole(from: number, to: number): number[] {
    return this.read(from, to).map((value) => value ?? 0);
  }

  read(from: number, to: number): (number | null)[] {
    const read: (number | null)[] = [];
    for (let step = from; step < to; step += 1) {
      const value = this.#values[step % stepsKept] ?? Number.NaN;
      read.push(Number.isNaN(value) ? null : value);
    }
    return read;
  }
}

/** Where a histogram stood at the beginning of the last two stretches. */
class Recent {
  #older: HistogramData | undefined;
  #newer: HistogramData | undefined;

  turn(data: HistogramData | undefined): void {
    this.#older = this.#newer;
    this.#newer = data;
  }

  quantiles(data: HistogramData): Quantiles | undefined {
    return quantilesOf(since(this.#older, data));
  }
}

class NotifierHistory {
  readonly delivered = new Ring();
  readonly p99Ms = new Ring();
  readonly waiting = new Ring();
  readonly recent = new Recent();
}

export class History {
  readonly #at = new Ring();
  readonly #received = new Ring();
  readonly #delivered = new Ring();
  readonly #storedP99Ms = new Ring();
  readonly #recentStored = new Recent();
  readonly #notifiers = new Map<string, NotifierHistory>();
  #steps = 0;
  #last: Totals | undefined;

  /** One step more, of what came since the step before. */
  add(totals: Totals): void {
    const last = this.#last;
    this.#last = totals;
    for (const name of this.#notifiers.keys()) if (!totals.notifiers.has(name)) this.#notifiers.delete(name);
    if (last === undefined) return;
    const step = this.#steps;
    const seconds = Math.max(1, totals.at - last.at) / 1000;
    const perSecond = (now: number, before = 0): number => Math.max(0, now - before) / seconds;
    const isTurn = step % recentSteps === 0;
    let delivered = 0;
    for (const [name, now] of totals.notifiers) {
      const history = this.#notifiers.get(name) ?? new NotifierHistory();
      this.#notifiers.set(name, history);
      const before = last.notifiers.get(name);
      const rate = perSecond(now.delivered, before?.delivered);
      delivered += rate;
      history.delivered.set(step, rate);
      history.p99Ms.set(step, now.delivery && quantile(since(before?.delivery, now.delivery), 0.99));
      history.waiting.set(step, now.waiting);
      if (isTurn) history.recent.turn(now.delivery);
    }
    this.#at.set(step, totals.at);
    this.#received.set(step, perSecond(totals.received, last.received));
    this.#delivered.set(step, delivered);
    const stored = totals.stored && quantile(since(last.stored, totals.stored), 0.99);
    this.#storedP99Ms.set(step, stored);
    if (isTurn) this.#recentStored.turn(totals.stored);
    this.#steps += 1;
  }

  /** In the last minutes, of what was measured until now; undefined when nothing was. */
  latencyOf(notifier: string, data: HistogramData): Quantiles | undefined {
    return (this.#notifiers.get(notifier)?.recent ?? new Recent()).quantiles(data);
  }

  /** Up to the last step. */
  stored(): Quantiles | undefined {
    return this.#last?.stored && this.#recentStored.quantiles(this.#last.stored);
  }

  read(): HistoryAnswer {
    const to = this.#steps;
    const from = Math.max(0, to - stepsKept);
    const notifiers = [...this.#notifiers].map(([name, { delivered, p99Ms, waiting }]) => [
      name,
      { delivered: delivered.whole(from, to), p99Ms: p99Ms.read(from, to), waiting: waiting.whole(from, to) },
    ]);
    return {
      stepMs,
      at: this.#at.whole(from, to),
      received: this.#received.whole(from, to),
      delivered: this.#delivered.whole(from, to),
      storedP99Ms: this.#storedP99Ms.read(from, to),
      notifiers: Object.fromEntries(notifiers),
    };
  }
}
