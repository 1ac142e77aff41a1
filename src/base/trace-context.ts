/** W3C Trace Context: which trace an event belongs to. It is read strictly, because any sender can write it. */
import type { JsonObject } from './event.ts';

export interface TraceContext {
  /** 32 hexadecimal digits in lower case, not all of them 0. */
  readonly traceId: string;
  /** The caller's span: 16 such digits. */
  readonly spanId: string;
  /** Bits: 1 is sampled, 2 random. */
  readonly flags: number;
  /** The header tracestate: what others pass on in it. */
  readonly state?: string;
}

/** The event parameters, headers, and attributes of CloudEvents, by which it travels. */
export const traceNames = { parent: 'traceparent', state: 'tracestate' } as const;

export const sampledFlag = 1;
const knownFlags = 3;
/** Of a tracestate, in characters and in members (Trace Context §3.3.1); what is longer is left out. */
const most = { length: 512, members: 32 };

/** Undefined where `parent` is no traceparent. A wrong tracestate is left out. */
export function readTrace(parent: unknown, state?: unknown): TraceContext | undefined {
  if (typeof parent !== 'string') return undefined;
  // Later versions may add something at the end.
  const match = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x20-\x7e]{0,500})?$/.exec(parent);
  const [, version, traceId = '', spanId = '', flags = '', more] = match ?? [];
  if (match === null || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const read = stateOf(state);
  const context = { traceId, spanId, flags: Number.parseInt(flags, 16) & knownFlags };
  return read === undefined ? context : { ...context, state: read };
}

/** The trace that an event names in its parameters. */
export function traceIn(event: JsonObject): TraceContext | undefined {
  const parent = event[traceNames.parent];
  return parent === undefined ? undefined : readTrace(parent, event[traceNames.state]);
}

/** As headers, parameters or attributes. */
export function writtenTrace({ traceId, spanId, flags, state }: TraceContext): Readonly<Record<string, string>> {
  const parent = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
  return { [traceNames.parent]: parent, ...(state === undefined ? {} : { [traceNames.state]: state }) };
}

const key = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
/** Without a blank at the end, which is no part of it. */
const value = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/;

function stateOf(written: unknown): string | undefined {
  if (typeof written !== 'string' || written.length > most.length) return undefined;
  const members = new Map<string, string>();
  for (const part of written.split(',')) {
    const member = part.trim();
    if (member === '') continue;
    const at = member.indexOf('=');
    const name = member.slice(0, at);
    if (at < 1 || !key.test(name) || !value.test(member.slice(at + 1)) || members.has(name)) return undefined;
    members.set(name, member);
  }
  return members.size === 0 || members.size > most.members ? undefined : [...members.values()].join(',');
}
