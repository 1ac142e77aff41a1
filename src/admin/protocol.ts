/**
 * What an administrator may ask of a daemon, or of the spool of a stopped one, and what is answered: rows and progress in any
 * number, and `done` or `error` as the last. `http/` says how it travels.
 */
import { z } from 'zod';
import { type ErrorCodeName, errorCodes } from '../base/error.ts';

const name = z.string().min(1).max(256);
const time = z.int().nonnegative();
/** See {@link QueueSelection}. */
export const selection = z.strictObject({
  ids: z.array(z.string().max(64)).max(1000).optional(),
  event: name.optional(),
  user: name.optional(),
  mailbox: z.string().min(1).max(2048).optional(),
  olderThanMs: time.optional(),
  youngerThanMs: time.optional(),
  /** Of a dead letter, or of the last failed attempt of a deferred notification; compared as it is written. */
  reason: z.string().max(4096).optional(),
  /** Received at this time or before. */
  receivedUntilAt: time.optional(),
});
const from = z.enum(['queue', 'dead']);
const notifier = name.optional();

/** Goes on after this one: of an earlier answer. */
const after = z.strictObject({
  notifier: name,
  kind: z.enum(['waiting', 'deferred', 'dead']),
  position: time,
});

/** Which entries are meant: all that is given must hold. Names are compared without case; ages are since the receipt. */
export type QueueSelection = z.infer<typeof selection>;

export const adminRequest = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('status') }),
  z.strictObject({ command: z.literal('list'), from, notifier, selection, after: after.optional() }),
  /** Counts them, as `matching` of `done`. */
  z.strictObject({ command: z.literal('count'), from, notifier, selection }),
  /** Dead letters, by notifier and reason. */
  z.strictObject({ command: z.literal('groups'), notifier }),
  z.strictObject({ command: z.literal('recent'), selection, limit: z.int().min(1).max(100_000) }),
  z.strictObject({ command: z.literal('show'), id: z.string().max(64) }),
  z.strictObject({ command: z.literal('retry'), from, notifier, selection }),
  /** `expect`: the number that was counted; where more match now, nothing is dropped. */
  z.strictObject({ command: z.literal('drop'), from, notifier, selection, expect: time.optional() }),
  /** `forMs` absent: until somebody resumes it. */
  z.strictObject({
    command: z.literal('pause'),
    notifier: name,
    forMs: z
      .int()
      .min(1000)
      .max(366 * 86_400_000)
      .optional(),
  }),
  z.strictObject({ command: z.literal('resume'), notifier: name }),
  z.strictObject({
    command: z.literal('replay'),
    notifier: name,
    /** Milliseconds since the epoch: first and last time of receipt, both included. */
    sinceAt: time,
    untilAt: time.optional(),
    /** Types of events, or classes of requests; all when absent. */
    events: z.array(name).max(1000).optional(),
  }),
  z.strictObject({ command: z.literal('audit') }),
]);
export type AdminRequest = z.infer<typeof adminRequest>;
/** The request of one of these commands. */
export type RequestOf<C extends AdminRequest['command']> = Extract<AdminRequest, { command: C }>;

const counts = {
  /** Entries since the notifier was registered, and those that were replayed. */
  received: z.number(),
  delivered: z.number(),
  filtered: z.number(),
  /** Later ones stand for them (`NAME_throttle`, `NAME_debounce`). Absent: none. */
  coalesced: z.number().optional(),
  /** Not yet attempted, or in progress. */
  waiting: z.number(),
  deferred: z.number(),
  dead: z.number(),
  dropped: z.number(),
  /** Unreadable, because the file of the spool is damaged. */
  damaged: z.number(),
};

export const notifierRow = z.object({
  kind: z.literal('notifier'),
  notifier: z.string(),
  ...counts,
  /** Whether it is there without being configured. */
  builtIn: z.boolean().optional(),
  /** What the last attempt has shown: since when, and why it failed, if it did. Absent before the first one. */
  receiver: z.object({ at: z.number(), failing: z.string().optional() }).optional(),
  /** When the oldest unfinished request was received. */
  oldestAt: z.number().optional(),
  /** When the next deferred one is due. */
  nextAttemptAt: z.number().optional(),
  /**
   * While the receiver asks for a pause (Retry-After, 410): until when, and what it answered; `isEndless`: until somebody resumes
   * it; `byAdministrator`: an administrator has paused it.
   */
  receiverPause: z
    .object({
      until: z.number(),
      reason: z.string(),
      isEndless: z.boolean().optional(),
      byAdministrator: z.boolean().optional(),
    })
    .optional(),
  /** With a running daemon. */
  breaker: z.enum(['closed', 'open', 'probing']).optional(),
  pausedUntil: z.number().optional(),
  /** Attempts. */
  inProgress: z.number().optional(),
});

/** What can be said of a request at a glance; empty where it does not say. */
const about = { class: z.string(), event: z.string(), user: z.string(), mailbox: z.string() };
const subject = { id: z.string(), receivedAt: z.number(), size: z.number(), ...about };
const attempt = z.object({
  at: z.number(),
  durationMs: z.number(),
  outcome: z.enum(['retry', 'rejected']),
  reason: z.string(),
});
const standing = {
  attempts: z.array(attempt),
  /** Of a deferred one: when it is due; 0 when it waits after another of its mailbox. */
  dueAt: z.number().optional(),
  /** Of a deferred one that is held back: by which option. */
  heldBy: z.string().optional(),
  /** Of a deferred one: how many notifications it stands for, itself among them. Absent: itself. */
  standsFor: z.number().optional(),
  /** Of a dead one. */
  diedAt: z.number().optional(),
  reason: z.string().optional(),
};

export const itemRow = z.object({
  kind: z.enum(['waiting', 'deferred', 'dead']),
  notifier: z.string(),
  ...subject,
  ...standing,
});

/** How an entry stands with each notifier, in the order of the configuration. */
const notifiers = z.array(
  z.object({
    notifier: z.string(),
    /** `finished`: how is not known. */
    state: z.enum(['waiting', 'deferred', 'dead', 'delivered', 'filtered', 'coalesced', 'dropped', 'finished']),
    ...standing,
    /** Of one that is delivered, filtered, coalesced or dropped. */
    outcome: z
      .object({
        /** Milliseconds since the epoch, to within a quarter of a second. */
        at: z.number(),
        /** How many attempts the delivery took. */
        attempts: z.number().optional(),
        /** What it was filtered by. */
        option: z.string().optional(),
        /** What the receiver answered, why it was filtered, the id of the one that stands for it, or who dropped it. */
        detail: z.string().optional(),
      })
      .optional(),
  }),
);

export const recentRow = z.object({ kind: z.literal('recent'), ...subject, notifiers });

export const entryRow = z.object({
  kind: z.literal('entry'),
  ...subject,
  truncatedFrom: z.number().optional(),
  /** The beginning of the request, as base64. */
  bytes: z.string(),
  notifiers,
});

export const auditRow = z.object({
  kind: z.literal('audit'),
  notifier: z.string(),
  ...counts,
  /** `received` less all the others: 0 when nothing is lost and nothing counted twice. */
  difference: z.number(),
  /** Everything else that is not as it must be, in words. */
  faults: z.array(z.string()),
});

export const groupRow = z.object({
  kind: z.literal('group'),
  notifier: z.string(),
  reason: z.string(),
  count: z.number(),
  /** How many users they concern; at least, where there are more than 1,000. */
  users: z.number(),
  /** When the first and the last of them was given up. */
  firstAt: z.number(),
  lastAt: z.number(),
});

const row = z.discriminatedUnion('kind', [notifierRow, itemRow, recentRow, entryRow, auditRow, groupRow]);
const codes = Object.keys(errorCodes).filter((code): code is ErrorCodeName => code in errorCodes);

/** How a command ended. */
export const summary = z.object({
  /** Entries that were changed. */
  changed: z.number(),
  /** Entries that were left alone because they were being attempted. */
  inProgress: z.number(),
  /** Of `count`: how many are meant. */
  matching: z.number().optional(),
  /** Of `count`: when; with it as `receivedUntilAt` a drop means no more than was counted. */
  at: z.number().optional(),
});

/** One line of an answer. */
export const adminAnswer = z.union([
  z.object({ row }),
  z.object({ progress: z.object({ done: z.number(), total: z.number() }) }),
  z.object({ done: summary }),
  z.object({ error: z.object({ code: z.enum(codes), message: z.string() }) }),
]);

export type EntrySubject = Omit<z.infer<typeof recentRow>, 'kind' | 'notifiers'>;
export type NotifierRow = z.infer<typeof notifierRow>;
export type ItemRow = z.infer<typeof itemRow>;
export type RecentRow = z.infer<typeof recentRow>;
export type EntryRow = z.infer<typeof entryRow>;
export type AuditRow = z.infer<typeof auditRow>;
export type GroupRow = z.infer<typeof groupRow>;
export type AdminRow = z.infer<typeof row>;
export type AdminSummary = z.infer<typeof summary>;
export type AdminAnswer = z.infer<typeof adminAnswer>;
