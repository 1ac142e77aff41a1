/** What a client costs without belfry: the comparison of the rows that deliver to a server. */
import type { Measurement } from './row.ts';

/** So much of it comes before and is not measured: the engine compiles what runs often. */
const warmUp = 0.25;

/** Sends `count` events, `inProgress` calls of `send` at the same time, each of which sends `each` of them. */
export async function alone(
  what: string,
  count: number,
  inProgress: number,
  send: () => Promise<void>,
  each = 1,
): Promise<NonNullable<Measurement['limit']>> {
  const sendAll = async (calls: number): Promise<void> => {
    let left = calls;
    const one = async (): Promise<void> => {
      while (left-- > 0) await send();
    };
    await Promise.all(Array.from({ length: inProgress }, one));
  };
  await sendAll((count * warmUp) / each);
  const calls = Math.ceil(count / each);
  const [begun, usedBefore] = [performance.now(), process.cpuUsage()];
  await sendAll(calls);
  const tookMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(usedBefore);
  return { what, value: (user + system) / (calls * each), perSecond: (calls * each * 1000) / tookMs };
}
