/** Takes parameters out of an event, which is never changed in place. */
import type { MailEvent } from '../base/event.ts';

/** A copy of the event without these parameters, the others in their order. */
export function withoutParameters(event: MailEvent, names: readonly string[]): MailEvent {
  // Entries become own properties whatever their key, so that a parameter called `__proto__` stays a parameter.
  const kept = Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name)));
  return Object.assign(kept, { event: event.event });
}
