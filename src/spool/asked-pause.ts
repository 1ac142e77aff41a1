/** The pause that a receiver or an administrator asks for: whether it ends by itself, and what it is when somebody ends it. */
import type { AskedPause } from './spool.ts';

/** More than any that has an end. */
const endlessMs = 50 * 365 * 86_400_000;

/** Whether it has no end of its own. */
export function waitsForSomebody({ until }: Pick<AskedPause, 'until'>, now: number): boolean {
  return until - now > endlessMs;
}

/** The pause when somebody ends it. What was left of it no longer counts. */
export function endedPause(pause: AskedPause, now: number): AskedPause {
  const until = Math.max(pause.at, now);
  return { ...pause, until, totalMs: Math.max(0, pause.totalMs - (pause.until - until)) };
}

/** The pause that an administrator makes; `forMs` undefined: until somebody ends it, also over a restart. Never shortens another. */
export function administratorsPause(pause: AskedPause | undefined, now: number, forMs?: number): AskedPause {
  const begins = Math.max(now, pause?.until ?? 0);
  const until = Math.max(begins, now + (forMs ?? 2 * endlessMs));
  const totalMs = (pause?.totalMs ?? 0) + until - begins;
  return { at: now, until, reason: 'paused by an administrator', totalMs, by: 'administrator' };
}
