/** How much of messageContent goes on: event_content_inclusion_mode and event_content_size (imapd.conf(5); `mboxevent_extract_content` in Cyrus `imap/mboxevent.c`). */
import { isJsonObject, type Json, type JsonObject, withDoubles } from '../base/event.ts';
import { type Rule, type RuleOutcome, withoutParameters } from './rule.ts';

/** The words of event_content_inclusion_mode. */
export const contentModes = ['standard', 'message', 'header', 'body', 'headerbody'] as const;
export type ContentMode = (typeof contentModes)[number];

/** What goes on of one message; undefined when it is left out. */
type Include = (message: string) => string | undefined;

/**
 * The rule of event_content_inclusion_mode and event_content_size; undefined when what is set changes nothing. One
 * without the other takes Cyrus' default for the other: `standard`, and 0 for no limit.
 *
 * Sizes are bytes of UTF-8. A cut falls in front of the character that does not fit whole, so up to three bytes fewer
 * than the limit may remain. messageContent is a string, or an object of strings by UID (the form in Cyrus'
 * documentation), where the rule and its limit hold for each of them.
 */
export function compileContent(mode: ContentMode = 'standard', size = 0): Rule | undefined {
  const limit = size > 0 ? size : Number.POSITIVE_INFINITY;
  const needsLimit = mode !== 'header' && mode !== 'body';
  if (needsLimit && size <= 0) return undefined;

  return (event): RuleOutcome => {
    const { messageContent: before, messageSize } = event;
    if (typeof before !== 'string' && !isJsonObject(before)) return undefined;
    const include: Include = (message) => reduce(message, mode, limit, messageSize);
    const after = typeof before === 'string' ? include(before) : includeEach(before, include);
    if (after === before) return undefined;
    if (after === undefined) {
      const detail = `removed messageContent: ${byteLength(before)} bytes, limit ${size}`;
      return {
        event: withoutParameters(event, ['messageContent']),
        change: { option: 'event_content_size', detail },
      };
    }
    const detail = `shortened messageContent from ${byteLength(before)} to ${byteLength(after)} bytes (${mode})`;
    return {
      event: { ...event, messageContent: after },
      change: { option: 'event_content_inclusion_mode', detail },
    };
  };
}

/** The contents by UID that go on; the same object when nothing changes, undefined when nothing is left. */
function includeEach(contents: JsonObject, include: Include): JsonObject | undefined {
  const before = Object.entries(contents);
  const after: [string, Json][] = [];
  let changed = false;
  for (const [uid, content] of before) {
    const included = typeof content === 'string' ? include(content) : content;
    if (included !== content) changed = true;
    if (included !== undefined) after.push([uid, included]);
  }
  if (!changed) return contents;
  return after.length === 0 ? undefined : Object.fromEntries(after);
}

function reduce(message: string, mode: ContentMode, limit: number, messageSize: Json | undefined): string | undefined {
  switch (mode) {
    case 'standard':
      return Buffer.byteLength(message) <= limit ? message : undefined;
    case 'message':
      return cut(message, limit);
    case 'header':
      return cut(message.slice(0, headerLength(message, messageSize)), limit);
    case 'body':
      return cut(message.slice(headerLength(message, messageSize)), limit);
    case 'headerbody': {
      const length = headerLength(message, messageSize);
      return message.slice(0, length) + cut(message.slice(length), limit);
    }
  }
}

const utf8 = new TextEncoder();

/** The longest beginning of `text` that ends between two characters and takes at most `limit` bytes. */
function cut(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  return text.slice(0, utf8.encodeInto(text, new Uint8Array(limit)).read);
}

/** A field's name and colon (RFC 5322 §2.2), the `From ` line of mbox, or the empty line at once. */
const beginsLikeHeader = /^(?:[!-9;-~]+[ \t]*:|>?From |\r?\n)/;

/**
 * How long the header is, with the first empty line, which ends in CRLF or bare LF. Without an empty line all is header.
 *
 * The sender may have included the body alone, and cutting it at an empty line would lose its first paragraph. So a
 * text that messageSize does not show to be a whole message has a header only if it begins like one.
 */
function headerLength(message: string, messageSize: Json | undefined): number {
  const size = messageSize === undefined ? undefined : withDoubles(messageSize);
  const isWhole = typeof size === 'number' && Buffer.byteLength(message) >= size;
  if (!isWhole && !beginsLikeHeader.test(message)) return 0;
  const empty = /(?:^|\n)\r?\n/.exec(message);
  return empty === null ? message.length : empty.index + empty[0].length;
}

/** Bytes of a message, or of all messages by UID together. */
function byteLength(content: Json): number {
  const messages = isJsonObject(content) ? Object.values(content) : [content];
  return messages.reduce<number>(
    (sum, message) => sum + (typeof message === 'string' ? Buffer.byteLength(message) : 0),
    0,
  );
}
