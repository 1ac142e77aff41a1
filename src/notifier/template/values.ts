/** The values of a notification that a template can name. None is escaped: where it is put says what would be dangerous there. */
import { isJsonObject, type Json, type JsonObject, writeJson } from '../../base/event.ts';
import type { Notification } from '../notifier.ts';
import { canonicalFlags } from './canonical-flags.ts';

/** What a template may name: a few words, and every parameter of the event. Unknown names and absent parameters are empty. */
export function templateValues(
  notification: Notification,
  { notifier, servername }: { readonly notifier: string; readonly servername: string },
): (name: string) => string {
  const { payload } = notification;
  return (name) => {
    if (name === 'notifier') return notifier;
    if (name === 'servername') return servername;
    return own.get(name)?.(notification) ?? shown(find(payload, name), name);
  };
}

const own: ReadonlyMap<string, (notification: Notification) => string> = new Map([
  ['coalesced', (of) => String(of.coalesced?.count ?? 1)],
  ['class', (of) => of.class],
  ['event', (of) => of.event ?? ''],
  ['id', (of) => of.id],
  ['mailbox', (of) => of.mailbox],
  ['message', (of) => of.message],
  ['method', (of) => of.method],
  ['parameters', (of) => listing(of.payload)],
  ['priority', (of) => of.priority],
  ['time', (of) => new Date(of.receivedAt).toISOString()],
  ['user', (of) => of.user],
]);

/** Every name that has a value beside the parameters of events: the last three are members of requests of other classes. */
export const templateWords: readonly string[] = [...own.keys(), 'notifier', 'servername', 'options', 'fname', 'imip'];

/** A parameter by its whole name (`vnd.cmu.sessionId`), else by the way to it (`imip.recipient`). */
function find(object: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(object, name)) return object[name];
  const dot = name.indexOf('.');
  const first = name.slice(0, Math.max(dot, 0));
  const inner = Object.hasOwn(object, first) ? object[first] : undefined;
  return isJsonObject(inner) ? find(inner, name.slice(dot + 1)) : undefined;
}

/** Parameters that hold flags, which a mail spells alike whichever event they come from. */
const flagParameters = new Set(['flagNames', 'vnd.dovecot.oldFlagNames']);

function shown(value: Json | undefined, name: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' && flagParameters.has(name)) return canonicalFlags(value);
  return typeof value === 'string' ? value : writeJson(value);
}

/** The parameters of an event, each on a line; further lines of a value are indented. */
function listing(payload: JsonObject): string {
  const names = Object.keys(payload).filter((name) => name !== 'event');
  return names
    .sort()
    .map((name) => `${name}: ${shown(payload[name], name).trimEnd().replace(/\r?\n/g, '\n    ')}`)
    .join('\n');
}
