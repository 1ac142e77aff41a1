/** Asks the running daemon what only a running daemon knows. */
import type { z } from 'zod';
import { BelfryError } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';

const remedy = 'start it (belfry serve), or name its configuration (-C)';

/** Throws BelfryError SOCKET_ABSENT when no daemon runs, and as `askForJson` does. */
export async function askRunning<T>(
  { controlSocket }: Pick<Configuration, 'controlSocket'>,
  target: string,
  schema: z.ZodType<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { askForJson } = await import('../admin/control-client.ts');
  const answer = await askForJson(controlSocket, { method: 'GET', target }, schema, signal);
  if (answer === undefined) throw new BelfryError('SOCKET_ABSENT', `no daemon answers on ${controlSocket}; ${remedy}`);
  return answer;
}
