/** What the reason code of a PUBACK means (MQTT 5 §3.4.2.1). */
import type { Outcome } from '../notifier.ts';

const nobodySubscribes = 16;

/** What is wrong with this one message. Everything else is a state of the broker, or a mistake in the configuration. */
const ofTheMessage: Readonly<Record<number, string>> = {
  144: 'topic name invalid',
  149: 'packet too large',
  153: 'payload format invalid',
};

const names: Readonly<Record<number, string>> = {
  128: 'unspecified error',
  131: 'implementation specific error',
  135: 'not authorized: allow the user to write to mqtt_topic',
  145: 'packet identifier in use',
  151: 'quota exceeded',
};

/** `broker` names it. */
export function outcomeOf(reasonCode: number, broker: string): Outcome {
  if (reasonCode === nobodySubscribes) return { status: 'delivered', detail: 'nobody subscribes to its topic' };
  if (reasonCode < 128) return { status: 'delivered' };
  const text = ofTheMessage[reasonCode];
  if (text !== undefined) return { status: 'rejected', reason: `${broker}: ${text} (${reasonCode})` };
  return { status: 'retry', reason: `${broker}: ${names[reasonCode] ?? 'refused'} (${reasonCode})` };
}
