/** How a notifier stands, in one word for programs and a few for people. */
import type { NotifierRow } from './protocol.ts';

export interface NotifierState {
  readonly kind: 'ok' | 'idle' | 'failing' | 'paused' | 'throttled';
  /** A few words; times in them are those of the machine. */
  readonly text: string;
}

/** `now` in milliseconds since the epoch. */
export function stateOf(row: NotifierRow, now: number): NotifierState {
  const { receiverPause: pause, receiver, breaker } = row;
  if (pause !== undefined && pause.until > now) {
    const end = pause.isEndless ? 'until it is resumed' : `until ${timeOf(pause.until, now)}`;
    if (pause.byAdministrator) return { kind: 'paused', text: `paused ${end}` };
    return pause.isEndless
      ? { kind: 'failing', text: `stopped ${end}` }
      : { kind: 'throttled', text: `throttled ${end}` };
  }
  if (hasRejected(row)) return { kind: 'ok', text: 'ok, rejected the last' };
  if (receiver?.failing !== undefined) return { kind: 'failing', text: `failing since ${timeOf(receiver.at, now)}` };
  if (breaker === 'open') return { kind: 'failing', text: 'failing' };
  return receiver === undefined ? { kind: 'idle', text: 'not tried yet' } : { kind: 'ok', text: 'ok' };
}

/**
 * Whether the last attempt was refused for good: the receiver answers, and what it refused is among the dead letters. Dispatch
 * begins the reason of such an attempt with this word.
 */
export function hasRejected({ receiver }: Pick<NotifierRow, 'receiver'>): boolean {
  return receiver?.failing?.startsWith('rejected: ') === true;
}

const dayMs = 86_400_000;

/** `10:04`, and the day as well when that is long ago or far away. */
export function timeOf(at: number, now: number): string {
  const utcOfLocal = at - new Date(at).getTimezoneOffset() * 60_000;
  const [day = '', time = ''] = new Date(utcOfLocal).toISOString().split('T');
  return `${Math.abs(now - at) < dayMs ? '' : `${day} `}${time.slice(0, 5)}`;
}

/** `12 minutes`, `3 hours`: as long as something has been so. */
export function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [amount, unit] =
    seconds < 90
      ? [seconds, 'second']
      : seconds < 5400
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 172_800
          ? [Math.round(seconds / 3600), 'hour']
          : [Math.round(seconds / 86_400), 'day'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
