/**
 * The lanes of entries that a notifier holds back: deferred before any attempt, until their time comes. They stand in the spool
 * like all that is deferred, in lanes of their own, so that nothing else waits for them.
 */

/** By which option. */
const holdKinds = ['throttle', 'debounce', 'unless_read', 'digest'] as const;
export type HoldKind = (typeof holdKinds)[number];

const prefix = 'hold';

/** `key`: what is held together. */
export function heldLane(kind: HoldKind, key: string): string {
  return `${prefix} ${kind} ${key}`;
}

/** What holds the entries of a lane; undefined when it is no such lane. */
export function holdOf(lane: string): { readonly kind: HoldKind; readonly key: string } | undefined {
  if (!lane.startsWith(`${prefix} `)) return undefined;
  for (const kind of holdKinds) {
    const whole = heldLane(kind, '');
    if (lane.startsWith(whole)) return { kind, key: lane.slice(whole.length) };
  }
  return undefined;
}
