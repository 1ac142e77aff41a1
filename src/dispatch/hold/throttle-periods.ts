/** For `NAME_throttle`: what was sent of each mailbox or user in its period, in memory alone. */
import { BoundedMap } from '../../base/bounded-map.ts';
import type { Rate } from '../../option/number-syntax.ts';

/** So many mailboxes or users are remembered; of a forgotten one the next notification goes at once. */
const bounds = { entries: 65_536, bytes: 32 * 1024 * 1024 };

interface Period {
  readonly startAt: number;
  readonly used: number;
  /** Whether any is held back: then all that follow are, until these have been sent. */
  readonly isHolding: boolean;
}

export class ThrottlePeriods {
  readonly #rate: Rate;
  readonly #periods = new BoundedMap<Period>(bounds, () => 24);

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  isKnown(key: string): boolean {
    return this.#periods.get(key) !== undefined;
  }

  /** Something of it is held back that was not by this process: it is due. */
  leftOver(key: string, at: number): void {
    this.#periods.set(key, { startAt: at - this.#rate.perMs, used: this.#rate.count, isHolding: true });
  }

  /** One more: undefined where it goes at once, else when what is held back is due. */
  take(key: string, at: number): number | undefined {
    const { count, perMs } = this.#rate;
    const period = this.#periods.get(key);
    if (period === undefined || (!period.isHolding && at >= period.startAt + perMs)) {
      this.#periods.set(key, { startAt: at, used: 1, isHolding: false });
      return undefined;
    }
    const { startAt, used, isHolding } = period;
    if (!isHolding && used < count) {
      this.#periods.set(key, { startAt, used: used + 1, isHolding });
      return undefined;
    }
    if (!isHolding) this.#periods.set(key, { startAt, used, isHolding: true });
    return startAt + perMs;
  }

  /** What was held back is sent as one, or there was nothing to send: a period begins. */
  released(key: string, at: number, sent: 0 | 1): void {
    this.#periods.set(key, { startAt: at, used: sent, isHolding: false });
  }
}
