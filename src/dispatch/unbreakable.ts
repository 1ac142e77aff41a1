/** Observer and log as dispatch uses them: what they throw concerns nobody's delivery. */
import type { Observer } from './consumer-parts.ts';

/** What dispatch logs. */
export interface DispatchLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export function unbreakableLog(log: DispatchLog): DispatchLog {
  return {
    error: (...line) => attempted(() => log.error(...line)),
    warn: (...line) => attempted(() => log.warn(...line)),
  };
}

/** Throws of `observer` are logged as what they are: defects. */
export function unbreakableObserver(observer: Observer, log: DispatchLog): Observer {
  const tell = (act: () => void): void => {
    attempted(act, (err) => log.error({ err }, 'cannot log or count an outcome: this is a bug'));
  };
  return {
    attempted: (...what) => tell(() => observer.attempted(...what)),
    delivered: (...what) => tell(() => observer.delivered(...what)),
    filtered: (...what) => tell(() => observer.filtered(...what)),
    filteredWhileHeld: (...what) => tell(() => observer.filteredWhileHeld(...what)),
    coalesced: (...what) => tell(() => observer.coalesced(...what)),
    unusable: (...what) => tell(() => observer.unusable(...what)),
    discarded: (...what) => tell(() => observer.discarded(...what)),
    becameDead: (...what) => tell(() => observer.becameDead(...what)),
    breaker: (...what) => tell(() => observer.breaker(...what)),
    throttled: (...what) => tell(() => observer.throttled(...what)),
    recovered: (...what) => tell(() => observer.recovered(...what)),
  };
}

function attempted(act: () => void, otherwise: (thrown: unknown) => void = () => {}): void {
  try {
    act();
  } catch (thrown) {
    otherwise(thrown);
  }
}
