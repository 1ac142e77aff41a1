/** What comes in: a request as its bytes, the entry of the spool that keeps it, and the request once its frame is read. */
import { crc32 } from 'node:zlib';

/**
 * How the bytes of a request are to be read; `decode/raw.ts` has a reader for each. `datagram`: the NUL-separated frame of
 * notifyd, or a bare JSON event. `event`: one JSON event, and nothing else. `cloudevent`: one
 * CloudEvent in its JSON form. `dovecot`: one push notification of Dovecot, in any of the dialects of `decode/dovecot`. `dlist`: the line
 * that Cyrus sends over its stream, line end included.
 */
export type RequestFormat = 'datagram' | 'event' | 'cloudevent' | 'dovecot' | 'dlist';

/** A request exactly as it came off a socket. Intake makes it and never looks inside. */
export interface RawRequest {
  readonly format: RequestFormat;
  readonly bytes: Uint8Array;
  /** Set when the kernel had more bytes than fitted: how many the sender sent. `bytes` is then only the beginning. */
  readonly truncatedFrom?: number;
  /**
   * Stands for the sender, where several may report the same: one number, from 1 to 2^32 - 1, in all that one of them sends.
   * Two that share a number by chance are taken for one.
   */
  readonly source?: number;
}

/** A source: `sender` says where a driver or script sends to, `dialect` in which shape. A checksum, because an URL may hold a secret. */
export function sourceOf(sender: string, dialect: string): number {
  return Math.max(1, crc32(`${sender} ${dialect}`));
}

/** Requests that are kept. */
export interface Accepted {
  /** Under which id the request at this index is kept. */
  idOf(index: number): string;
}

/** Datagrams that are stored before they are taken out of the kernel's queue: kept with them, as a whole or not at all. */
export interface StoredRun {
  /** Its address. Of each socket the last run is kept. */
  readonly socket: string;
  /** See `runMarks` of the intake. */
  readonly marks: Uint8Array;
}

/** Place in the spool: 1 for the first entry ever appended, rising by one. 0 stands before the first. */
export type Position = number;

/** A request in the spool. */
export interface Entry {
  readonly position: Position;
  /** Names the request for ever: log lines, webhook id, Message-ID. Sorts by time; holds no `.`; see `spool/entry-id.ts`. */
  readonly id: string;
  /** Milliseconds since the epoch. Never runs backwards within one spool. */
  readonly receivedAt: number;
  readonly request: RawRequest;
}

/** The same entry, to be kept for long: its bytes are no part of a larger memory, which they would keep with them. */
export function withOwnBytes({ position, id, receivedAt, request }: Entry): Entry {
  return { position, id, receivedAt, request: { ...request, bytes: Uint8Array.from(request.bytes) } };
}

/**
 * A request whose frame has been read (Cyrus `notifyd/notifyd.c`, `imap/notify.c`). Absent values are empty strings.
 * A field that is not valid UTF-8 is read as ISO 8859-1, so that no byte is lost.
 */
export interface Request {
  readonly method: string;
  /** EVENT, MAIL, SIEVE, IMIP; upper case as Cyrus sends it, any other text is possible. */
  readonly class: string;
  readonly priority: string;
  readonly user: string;
  readonly mailbox: string;
  readonly options: readonly string[];
  readonly message: string;
  /** Set when the message is not UTF-8: it was read as ISO 8859-1, and written so it is the bytes that were sent. */
  readonly messageCharset?: 'latin1';
  /** Path of the staged message; may be gone by the time it is looked at. */
  readonly fname?: string;
  /** Set when mailboxes are named as their user sees them, whatever these names look like. */
  readonly naming?: 'user';
  /** What the decoder changed, to make of the sender's own terms those of RFC 5423: one line each, for a person. */
  readonly changes?: readonly string[];
  /** Why no notifier gets it: it says nothing, or what another request says better. */
  readonly dropped?: string;
  /** Set where another sender may report the same. */
  readonly announcement?: Announcement;
}

/** One of class EVENT whose event says the rest. */
export function eventRequest(message: string, user = ''): Request {
  return { method: '', class: 'EVENT', priority: '', user, mailbox: '', options: [], message };
}

/** What distinguishes one occurrence from another, in the same words from every sender that reports it. */
export interface Announcement {
  readonly what: string;
  /** The mail server on which it happened; absent when the sender does not say, and then it may be any. */
  readonly server?: string;
  /** Whether it can happen only once, as the arrival of the message of a UID can. */
  readonly once: boolean;
  /** Names of what has its present state by `what`, until something else is reported of it: a mailbox by its name. */
  readonly state?: readonly string[];
}

/** What a request is about, at a glance. Empty where it does not say, or cannot be read. */
export interface About {
  readonly class: string;
  /** Type of the event. */
  readonly event: string;
  readonly user: string;
  readonly mailbox: string;
}
