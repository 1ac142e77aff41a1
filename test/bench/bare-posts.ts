/** Posts by undici alone: what belfry can hardly be cheaper than. */
import { Agent } from 'undici';
import type { CountingReceiver } from './counting-receiver.ts';

export interface Posted {
  readonly perSecond: number;
  /** Processor time of this process for a request, in microseconds. */
  readonly processorUs: number;
}

export async function barePosts(
  { url }: Pick<CountingReceiver, 'url'>,
  body: string,
  count: number,
  concurrency: number,
): Promise<Posted> {
  const agent = new Agent({ connections: concurrency });
  const { origin, pathname: path } = new URL(url);
  const [begun, usedBefore] = [performance.now(), process.cpuUsage()];
  let left = count;
  const loop = async (): Promise<void> => {
    while (left-- > 0) {
      const headers = { 'content-type': 'application/json' };
      const answer = await agent.request({ origin, path, method: 'POST', body, headers });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  const perSecond = (count * 1000) / (performance.now() - begun);
  const { user, system } = process.cpuUsage(usedBefore);
  await agent.close();
  return { perSecond, processorUs: (user + system) / count };
}
