/** How often one address may call, and how often with a wrong token, so that nobody guesses tokens or keeps the daemon busy. */
import { BoundedMap } from '../../base/bounded-map.ts';

/** A bucket for each: how many at once, and how many a second after that. */
const bounds = { call: { burst: 300, perSecond: 100 }, wrong: { burst: 10, perSecond: 1 / 6 } };

interface Bucket {
  left: number;
  at: number;
}

/** `now` in milliseconds, of a clock that does not jump. Answers whether it is too many. */
export function callLimit(now: () => number): (from: string, wasWrong: boolean) => boolean {
  const buckets = new BoundedMap<Bucket>({ entries: 10_000, bytes: 10_000_000 }, () => 0);
  return (from, wasWrong) => {
    const { burst, perSecond } = wasWrong ? bounds.wrong : bounds.call;
    const key = `${wasWrong ? 'wrong' : 'call'} ${from}`;
    const bucket = buckets.get(key) ?? { left: burst, at: now() };
    const at = now();
    bucket.left = Math.min(burst, bucket.left + ((at - bucket.at) / 1000) * perSecond);
    bucket.at = at;
    const isTooMany = bucket.left < 1;
    if (!isTooMany) bucket.left -= 1;
    buckets.set(key, bucket);
    return isTooMany;
  };
}
