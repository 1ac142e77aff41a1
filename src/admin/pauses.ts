/** Pauses a notifier, and ends its pauses: that of an administrator, of its receiver, of its circuit breaker. */
import { administratorsPause, endedPause } from '../spool/asked-pause.ts';
import type { AskedPause } from '../spool/spool.ts';
import type { AdminContext } from './context.ts';
import { namesMeant } from './list.ts';
import type { AdminSummary, RequestOf } from './protocol.ts';

const nothingChanged: AdminSummary = { changed: 0, inProgress: 0 };

/** What is under way is finished; nothing more is attempted. The pause outlives a reload and a restart. */
export async function pauseNotifier(
  tools: AdminContext,
  { notifier, forMs }: RequestOf<'pause'>,
): Promise<AdminSummary> {
  const { spool, pause, now } = tools;
  for (const name of await namesMeant(tools, notifier)) {
    await pause(name, async () => {
      const { pause: asked } = await spool.consumer(name);
      await spool.commit(name, { pause: administratorsPause(asked, now(), forMs) });
    });
  }
  return nothingChanged;
}

/** Ends the pauses of one notifier, and changes nothing else. */
export async function resume(tools: AdminContext, { notifier }: RequestOf<'resume'>): Promise<AdminSummary> {
  for (const name of await namesMeant(tools, notifier)) await endPauses(tools, name, 'all');
  return nothingChanged;
}

/**
 * The pause of the circuit breaker, which is the daemon's own, and the one that was asked for, which the spool has. `receiver`:
 * not the one that an administrator has asked for.
 */
export async function endPauses(
  { spool, standings, pause, now }: AdminContext,
  name: string,
  which: 'receiver' | 'all',
): Promise<void> {
  const paused = async (): Promise<AskedPause | undefined> => {
    const { pause: asked } = await spool.consumer(name);
    if (asked === undefined || asked.until <= now()) return undefined;
    return which === 'all' || asked.by === undefined ? asked : undefined;
  };
  if (standings().get(name)?.breaker !== 'open' && (await paused()) === undefined) return;
  await pause(name, async ({ probe }) => {
    probe();
    const asked = await paused();
    if (asked === undefined) return;
    await spool.commit(name, { pause: endedPause(asked, now()) });
  });
}
