/** A spool with dispatch at work on it, and the tools of an administrator, without a daemon around them. */
import { pino } from 'pino';
import type { AdminContext } from '../../src/admin/context.ts';
import type { AdminAnswer, AdminRequest, AdminRow, AdminSummary, AuditRow } from '../../src/admin/protocol.ts';
import { runCommand } from '../../src/admin/run-command.ts';
import type { Entry } from '../../src/base/request.ts';
import { type Dispatch, startDispatch } from '../../src/dispatch/dispatch.ts';
import type { DispatchPolicy, Recipient } from '../../src/dispatch/recipient.ts';
import type { Route } from '../../src/examine/route.ts';
import type { Notification, Notifier, Outcome } from '../../src/notifier/notifier.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { quietObserver } from '../support/quiet-observer.ts';

const textOf = (entry: Entry): string => Buffer.from(entry.request.bytes).toString();

/** A request `mailbox:event` goes to the lane of its mailbox; one that begins with `-` is filtered. */
function route(entry: Entry): Route {
  const message = textOf(entry);
  if (message.startsWith('-')) return { kind: 'filtered', reason: { option: 'test', detail: message } };
  const notification: Notification = {
    ...{ id: entry.id, receivedAt: entry.receivedAt, class: 'EVENT', method: '', priority: '', user: '', mailbox: '' },
    ...{ options: [], message, payload: {} },
  };
  return { kind: 'deliver', notification, lane: message.split(':')[0] ?? '' };
}

export type Answer = (message: string, signal: AbortSignal, attempt: number) => Outcome | Promise<Outcome>;

function notifierOf(answer: Answer): Notifier {
  return {
    maxBatch: 1,
    notify: (deliveries, signal) =>
      Promise.all(deliveries.map(async ({ notification, attempt }) => answer(notification.message, signal, attempt))),
    async close() {},
  };
}

const policy: DispatchPolicy = {
  concurrency: 4,
  attemptTimeoutMs: 60_000,
  retryScheduleMs: [3_600_000],
  retryForMs: 86_400_000,
  retryAfterMaxMs: 86_400_000,
  breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 },
};

export function recipientOf(name: string, answer: Answer, own: Partial<DispatchPolicy> = {}): Recipient {
  return { name, notifier: notifierOf(answer), policy: { ...policy, ...own }, route };
}

export function dispatchOn(spool: Spool, recipients: readonly Recipient[], now: () => number = Date.now): Dispatch {
  return startDispatch(recipients, {
    spool,
    log: pino({ level: 'silent' }),
    observer: quietObserver,
    now,
    random: Math.random,
  });
}

export async function memorySpool(...names: string[]): Promise<Spool> {
  const spool = openMemorySpool({ maxBytes: 64_000_000, now: Date.now, random: Math.random });
  for (const name of names) await spool.consumer(name, 0);
  return spool;
}

export const append = (spool: Spool, ...texts: string[]): Promise<unknown> => spool.append(texts.map(rawRequest));

/** Without `dispatch`, those for a spool on which nobody works. */
export function toolsOf(spool: Spool, dispatch?: Dispatch): AdminContext {
  return {
    spool,
    now: Date.now,
    about(entry) {
      const [mailbox = '', event = ''] = textOf(entry).split(':');
      return { class: 'EVENT', event, user: 'anna', mailbox };
    },
    lane(_, entry) {
      const routed = route(entry);
      return routed.kind === 'deliver' ? routed.lane : undefined;
    },
    notifiers: () => [],
    standings: () => dispatch?.states() ?? new Map(),
    pause: async (name, act) => dispatch?.pause(name, act) ?? act({ underWay: new Set(), probe() {} }),
  };
}

export interface Performed {
  readonly rows: readonly AdminRow[];
  readonly done: AdminSummary;
  readonly progress: readonly { readonly done: number; readonly total: number }[];
}

export async function performed(tools: AdminContext, request: AdminRequest): Promise<Performed> {
  const answers: AdminAnswer[] = [];
  for await (const answer of runCommand(tools, request)) answers.push(answer);
  const last = answers.at(-1);
  if (last === undefined || !('done' in last)) throw new Error('an answer must end with what was done');
  return {
    rows: answers.flatMap((answer) => ('row' in answer ? [answer.row] : [])),
    progress: answers.flatMap((answer) => ('progress' in answer ? [answer.progress] : [])),
    done: last.done,
  };
}

export async function auditRows(tools: AdminContext): Promise<readonly AuditRow[]> {
  const { rows } = await performed(tools, { command: 'audit' });
  return rows.flatMap((row) => (row.kind === 'audit' ? [row] : []));
}

/** What is wrong with the accounts; empty when they add up. */
export async function wrongIn(tools: AdminContext): Promise<readonly AuditRow[]> {
  return (await auditRows(tools)).filter(({ difference, faults }) => difference !== 0 || faults.length > 0);
}
