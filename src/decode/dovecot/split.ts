/**
 * Takes the request of a driver or script apart into its notifications, each with what the request says of all of them,
 * so that each is an entry of the spool that stands for itself.
 */
import { isJsonObject, type Json, type JsonObject, writeJson } from '../../base/event.ts';
import { type Decoded, decoded, undecodable } from '../decoded.ts';
import { readBody } from './decode.ts';
import { contextOf, type Fields, field, listField, unwrapped } from './fields.ts';
import { ownEventOf } from './flag-names.ts';
import { normalise, typeOf, uidsetOf } from './normalise.ts';

export interface Part {
  /** One notification, for `decodeDovecot`: the request as it came when there is nothing else in it. */
  readonly bytes: Uint8Array;
  /** Why it cannot be understood. */
  readonly wrong?: string;
  /** Set when Dovecot itself is known to send such: with OX, for a user who has registered without a name. */
  readonly known?: true;
  /** The shape in which it came: what one sender writes has one shape. */
  readonly dialect: string;
  /** Why it is no notification of the request's own, or not to be kept. */
  readonly note?: string;
}

export interface Split {
  readonly parts: readonly Part[];
  /** What was left out: reported twice in one request. */
  readonly repeated: readonly string[];
}

const maxParts = 10_000;
/** What the parts may be longer than twice the request: a list of UIDs multiplies what stands around it. */
const maxAddedBytes = 8 * 1024 * 1024;

/**
 * Reads the body of a request. `context` is what is known of it beside the body (`server`); the body's own words win.
 *
 * - One transaction of Dovecot with several events, or an array of notifications: a part for each.
 * - A MessageNew or MessageAppend of several UIDs: a part for each UID, because its `uri` names one message.
 * - A FlagsSet of `\Seen` or `\Deleted` without a MessageRead or MessageTrash of the same messages in the request: one is
 *   made of it, and the FlagsSet loses that flag when it is decoded (RFC 5423 §4.2), so that all senders' look alike.
 * - A mailbox event that a request holds twice is taken once: with several drivers active, Dovecot calls each of them
 *   every mailbox event as many times as there are drivers, and one transaction holds no other mailbox event.
 */
export function splitDovecot(body: Uint8Array, context: Fields = {}): Decoded<Split> {
  const read = readBody(body);
  if (!read.ok) return read;
  if ('form' in read.value) {
    const { form } = read.value;
    const fields = { ...context, ...form };
    if (field(fields, 'mailbox', 'folder') === undefined) {
      return undecodable('event', 'the body is neither JSON nor a form that names a mailbox');
    }
    // Kept as a form: a context comes after it, where it is found again.
    const rest = Object.entries(context).filter(([name]) => field(form, name) === undefined);
    const added = rest.map(([name, value]) => `&${name}=${encodeURIComponent(String(value))}`).join('');
    // Not after a line end, which would become a part of the last value.
    const bytes = added === '' ? body : Buffer.from(`${Buffer.from(body).toString().trim()}${added}`);
    return decoded({ parts: [part(fields, 'form', bytes)], repeated: [] });
  }

  const { json } = read.value;
  const notifications = notificationsIn(json, contextOf(context));
  if (notifications === undefined || notifications.length === 0) {
    const empty = isJsonObject(json) && Array.isArray(json['events']) && json['events'].length === 0;
    if (empty) return decoded({ parts: [], repeated: [] });
    return undecodable('event', 'there is no notification in the body; expected an object with an event, or a list');
  }
  const dialect = dialectOf(json);
  const reported = ownEvents(notifications);
  if (notifications.length === 1 && isJsonObject(json) && Object.keys(context).length === 0) {
    const whole = notifications[0];
    if (whole !== undefined && derivedFrom(whole, reported).length === 0 && countUids(whole) === 1) {
      return decoded({ parts: [part(whole, dialect, body)], repeated: [] });
    }
  }

  const parts: Part[] = [];
  const repeated: string[] = [];
  const mailboxEvents = new Set<string>();
  const maxBytes = 2 * body.length + maxAddedBytes;
  let bytes = 0;
  for (const fields of notifications) {
    const type = typeOf(fields)?.type ?? '';
    if (type.startsWith('Mailbox')) {
      const key = writeJson([
        type,
        field(fields, 'folder', 'mailbox'),
        field(fields, 'mailbox_old'),
        fields['user'],
        fields['server'],
      ]);
      if (mailboxEvents.has(key)) {
        repeated.push(`${type}: reported twice in one request`);
        continue;
      }
      mailboxEvents.add(key);
    }
    for (const { made, note } of [{ made: fields, note: undefined }, ...derivedFrom(fields, reported)]) {
      for (const one of singles(made, type)) {
        const entry = part(one, note === undefined ? dialect : `${dialect} derived`, Buffer.from(writeJson(one)));
        bytes += entry.bytes.length;
        parts.push(note === undefined ? entry : { ...entry, note });
        if (parts.length > maxParts || bytes > maxBytes) {
          return undecodable(
            'event',
            `the body contains more than ${maxParts} notifications, or ${maxBytes} bytes of them`,
          );
        }
      }
    }
  }
  return decoded({ parts, repeated });
}

function part(fields: Fields, dialect: string, bytes: Uint8Array): Part {
  const result = normalise(fields);
  return 'wrong' in result ? { bytes, dialect, ...result } : { bytes, dialect };
}

/** `events`: a whole transaction. `keys`: the names of the OX driver. `table`: those of Lua's events. */
function dialectOf(json: Json): string {
  if (!isJsonObject(json)) return 'list';
  if (Array.isArray(json['events'])) return 'events';
  return field(json, 'folder', 'imap-uid') === undefined ? 'table' : 'keys';
}

function notificationsIn(json: Json, context: Fields): readonly Fields[] | undefined {
  if (Array.isArray(json)) return json.filter(isJsonObject).map((one) => ({ ...context, ...unwrapped(one) }));
  if (!isJsonObject(json)) return undefined;
  const { events } = json;
  if (!Array.isArray(events)) return [{ ...context, ...unwrapped(json) }];
  const common = { ...context, ...contextOf(json) };
  return events.filter(isJsonObject).map((one) => ({ ...common, ...unwrapped(one) }));
}

interface Derived {
  readonly made: Fields;
  readonly note: string;
}

/** Which MessageRead and MessageTrash a request holds. */
function ownEvents(all: readonly Fields[]): ReadonlySet<string> {
  const types = new Set(ownEventOf.values());
  return new Set(
    all.flatMap((fields) => {
      const type = typeOf(fields)?.type;
      return type !== undefined && types.has(type) ? [messagesOf(type, fields)] : [];
    }),
  );
}

function messagesOf(type: string, fields: Fields): string {
  const about = [field(fields, 'user'), field(fields, 'folder', 'mailbox'), uidsetOf(fields)];
  return writeJson([type, ...about.map((one) => one ?? null)]);
}

/** The MessageRead and MessageTrash that a FlagsSet stands for, when the request does not hold them. */
function derivedFrom(fields: Fields, reported: ReadonlySet<string>): readonly Derived[] {
  if (typeOf(fields)?.type !== 'FlagsSet') return [];
  const flags = new Map(listField(fields, 'flags').map((flag) => [ownEventOf.get(flag.toLowerCase()), flag]));
  return [...flags].flatMap(([type, flag]) => {
    if (type === undefined || reported.has(messagesOf(type, fields))) return [];
    const { flags: _flags, keywords: _keywords, name: _name, ...rest } = fields;
    return [
      { made: { ...rest, event: type }, note: `added because FlagsSet has ${flag}, and the request has no ${type}` },
    ];
  });
}

const uidNames = ['imap-uid', 'uid'] as const;

function countUids(fields: Fields): number {
  const type = typeOf(fields)?.type;
  const uids = field(fields, ...uidNames);
  return Array.isArray(uids) && (type === 'MessageNew' || type === 'MessageAppend') ? uids.length : 1;
}

/** One for each message that arrived. */
function* singles(fields: JsonObject, type: string): Generator<JsonObject> {
  const name = uidNames.find((candidate) => Array.isArray(fields[candidate]));
  const uids = name === undefined ? undefined : fields[name];
  if (name === undefined || !Array.isArray(uids) || (type !== 'MessageNew' && type !== 'MessageAppend')) {
    yield fields;
    return;
  }
  for (const uid of uids) yield { ...fields, [name]: uid };
}
