/** Earlier entries for which another one stands, so that they are not delivered by themselves. */
export interface Coalesced {
  /** How many it stands for, itself among them: at least 2. */
  readonly count: number;
  /** When the first of them was received, in milliseconds since the epoch. */
  readonly firstReceivedAt: number;
}

/** As receivers get it: `{count, firstReceivedAt}`, the time by RFC 3339 in UTC. */
export function shownCoalesced({ count, firstReceivedAt }: Coalesced): { count: number; firstReceivedAt: string } {
  return { count, firstReceivedAt: new Date(firstReceivedAt).toISOString() };
}
