/** What the page says of the notifiers. */
import type { NotifierStatus, StateKind } from '../api/types.ts';

/** Colours of the page, which never stand without words. */
export type Tone = 'ok' | 'warn' | 'bad' | 'soft' | 'event';

export const toneOfState: Readonly<Record<StateKind, Tone>> = {
  ok: 'ok',
  idle: 'soft',
  failing: 'bad',
  paused: 'warn',
  throttled: 'warn',
  held: 'warn',
};

const isUnusableConsumer = ({ method, notifier }: NotifierStatus): boolean =>
  method === undefined || notifier === 'unusable';

/** Those with something to show: what is built in and does nothing is left out. */
export function shownNotifiers(notifiers: readonly NotifierStatus[]): readonly NotifierStatus[] {
  return notifiers.filter((one) => {
    if (isUnusableConsumer(one)) return false;
    // What waits for one that is built in has not been filtered yet.
    return one.builtIn !== true || one.delivered + one.deferred + one.dead > 0;
  });
}

export const isConfigured = (notifiers: readonly NotifierStatus[]): boolean =>
  notifiers.some((one) => one.builtIn !== true && !isUnusableConsumer(one));

export interface Totals {
  readonly waiting: number;
  readonly dead: number;
  readonly oldestAt: number | undefined;
}

export function totalsOf(notifiers: readonly NotifierStatus[]): Totals {
  const used = shownNotifiers(notifiers);
  const oldest = used.flatMap(({ oldestAt }) => (oldestAt === undefined ? [] : [oldestAt]));
  return {
    waiting: used.reduce((sum, { waiting, deferred }) => sum + waiting + deferred, 0),
    dead: notifiers.reduce((sum, { dead }) => sum + dead, 0),
    oldestAt: oldest.length === 0 ? undefined : Math.min(...oldest),
  };
}

/** What can be done with a notifier as it stands. */
export function actionsOf(one: NotifierStatus, now: number): readonly ('resume' | 'retry' | 'pause')[] {
  const { receiverPause, state, deferred } = one;
  const isPaused = receiverPause !== undefined && receiverPause.until > now;
  if (isPaused && receiverPause.byAdministrator === true) return ['resume'];
  const pausable = ['pause'] as const;
  if (isPaused) return ['resume', ...pausable];
  return state.kind === 'failing' || deferred > 0 ? ['retry', ...pausable] : pausable;
}
