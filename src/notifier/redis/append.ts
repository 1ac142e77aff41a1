/** Adds entries to streams in one transaction, and finds out what became of each. */
import type { Redis } from 'ioredis';

/** How an entry ended: added, refused by the server with these words, or not tried because another of the transaction was refused. */
export type Added =
  | { readonly how: 'added'; readonly entry: string }
  | { readonly how: 'refused'; readonly message: string }
  | { readonly how: 'discarded' };

/** WAIT: so many replicas, at most so long. */
export interface Wait {
  readonly replicas: number;
  readonly ms: number;
}

type Reply = readonly [error: Error | null, result: unknown];

/**
 * One for each of `entries`, which are the arguments of XADD. In a transaction the server runs either all commands or none, so a
 * connection that breaks, or a refusal of one, leaves no later entry without an earlier one. Only what is wrong with the
 * key itself (WRONGTYPE) is found when it runs. Rejects when the connection breaks.
 */
export async function append(
  redis: Redis,
  entries: readonly (readonly string[])[],
  wait: Wait | undefined,
): Promise<readonly Added[]> {
  const commands = [['multi'], ...entries.map((words) => ['xadd', ...words]), ['exec']];
  if (wait !== undefined) commands.push(['wait', String(wait.replicas), String(wait.ms)]);
  const [, ...replies] = ((await redis.pipeline(commands).exec()) ?? []) as readonly Reply[];
  const [execError, executed] = replies[entries.length] ?? [new Error('no answer'), undefined];
  const results = Array.isArray(executed) ? executed : [];
  const added = entries.map((_, index): Added => {
    const [error, result] = replies[index] ?? [null, undefined];
    // Over a connection that broke, only a refusal that came before is known.
    if (error) return isReply(error) ? { how: 'refused', message: error.message } : { how: 'discarded' };
    // Without the permission to use MULTI each command has run by itself.
    if (result !== 'QUEUED') return { how: 'added', entry: String(result) };
    if (execError !== null) return { how: 'discarded' };
    const own: unknown = results[index];
    return own instanceof Error ? { how: 'refused', message: own.message } : { how: 'added', entry: String(own) };
  });
  // What was refused says why; where nothing was, the transaction itself has failed.
  if (execError !== null && added.every(({ how }) => how === 'discarded')) throw execError;
  if (wait === undefined || execError !== null) return added;
  const [waitError, confirmed] = replies[entries.length + 1] ?? [new Error('no answer'), undefined];
  if (waitError === null && Number(confirmed) >= wait.replicas) return added;
  const message = waitError?.message ?? `${String(confirmed)} of ${wait.replicas} replicas have confirmed it`;
  return added.map((one) => (one.how === 'added' ? { how: 'refused', message } : one));
}

/** An answer of the server, not a failure of the connection. */
function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}
