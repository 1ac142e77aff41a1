/** Endpoints that list: notifiers, the queue, dead letters, recent events, the audit. As a page of JSON, or whole as lines. */
import { z } from 'zod';
import { BelfryError } from '../../../base/error.ts';
import { parseEntryId } from '../../../spool/entry-id.ts';
import type { Api } from '../../api.ts';
import {
  type AdminAnswer,
  type AdminRow,
  adminRequest,
  auditRow,
  entryRow,
  groupRow,
  itemRow,
  notifierRow,
  recentRow,
} from '../../protocol.ts';
import { runCommand } from '../../run-command.ts';
import { listQuery, notifierQuery, present, recentQuery, selectionOf } from '../commands.ts';
import { type Call, defineEndpoint, type Endpoint, type Reply } from '../endpoint.ts';

/** Rows of a page, unless the client asks for another number. */
const pageRows = 100;

const itemsOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** `after` of the next page; absent on the last one. */
    next: z.string().optional(),
  });

/** Runs a command that a client has put together. Throws BelfryError BAD_INPUT for one that is none. */
export function runUnchecked(api: Api, request: unknown): AsyncGenerator<AdminAnswer, void, void> {
  const parsed = adminRequest.safeParse(request);
  if (parsed.success) return runCommand(api.tools, parsed.data);
  const wrong = z.prettifyError(parsed.error).replace(/\s+/g, ' ').slice(0, 500);
  throw new BelfryError('BAD_INPUT', `invalid request: ${wrong}`);
}

async function answered(
  call: Call,
  answers: AsyncGenerator<AdminAnswer, void, void>,
  limit = Number.POSITIVE_INFINITY,
  cursorOf: (row: AdminRow) => string | undefined = () => undefined,
): Promise<Reply> {
  if (call.wantsLines) return { lines: answers };
  const items: AdminRow[] = [];
  for await (const answer of answers) {
    if (!('row' in answer)) continue;
    if (items.length === limit) {
      const last = items.at(-1);
      const next = last && cursorOf(last);
      return { json: { items, ...(next === undefined ? {} : { next }) } };
    }
    items.push(answer.row);
  }
  return { json: { items } };
}

/** Where the next page goes on: after this row. */
function cursorOf(row: AdminRow): string | undefined {
  if (row.kind !== 'waiting' && row.kind !== 'deferred' && row.kind !== 'dead') return undefined;
  return `${row.kind}.${parseEntryId(row.id)?.position ?? 0}.${row.notifier}`;
}

function afterOf(cursor: string): object {
  const [, kind, position, notifier] = /^(waiting|deferred|dead)\.(\d{1,16})\.(.+)$/s.exec(cursor) ?? [];
  if (kind === undefined) throw new BelfryError('BAD_INPUT', '"after" is not what "next" of an earlier page said');
  return { kind, position: Number(position), notifier };
}

const list = (from: 'queue' | 'dead', summary: string): Endpoint =>
  defineEndpoint({
    ...{ method: 'GET', path: `/api/${from}`, access: 'read', summary, query: listQuery },
    ...{ answer: itemsOf(itemRow), lines: true },
    handle(call, api) {
      const { notifier, limit = pageRows, after, ...selecting } = call.query;
      const selection = selectionOf(selecting);
      const start = after === undefined ? undefined : afterOf(after);
      const request = present({ command: 'list', from, notifier, selection, after: start });
      return answered(call, runUnchecked(api, request), limit, cursorOf);
    },
  });

export const listEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    ...{ method: 'GET', path: '/api/notifiers', access: 'read' },
    summary: 'The counters of each notifier, and how it stands.',
    ...{ answer: itemsOf(notifierRow), lines: true },
    handle: (call, api) => answered(call, runUnchecked(api, { command: 'status' })),
  }),
  list('queue', 'Waiting and deferred notifications, notifier by notifier, the oldest first.'),
  list('dead', 'Dead letters, notifier by notifier, the oldest first.'),
  defineEndpoint({
    ...{ method: 'GET', path: '/api/dead/groups', access: 'read', query: notifierQuery },
    summary: 'Dead letters grouped by notifier and reason, the largest group of a notifier first.',
    ...{ answer: itemsOf(groupRow), lines: true },
    handle: (call, api) => answered(call, runUnchecked(api, { command: 'groups', ...call.query })),
  }),
  defineEndpoint({
    ...{ method: 'GET', path: '/api/events', access: 'read', query: recentQuery },
    summary: 'The latest events, the newest first, each with what became of it.',
    ...{ answer: itemsOf(recentRow), lines: true },
    handle(call, api) {
      const { limit = pageRows, ...selecting } = call.query;
      return answered(call, runUnchecked(api, { command: 'recent', selection: selectionOf(selecting), limit }));
    },
  }),
  defineEndpoint({
    ...{ method: 'GET', path: '/api/events/{id}', access: 'read' },
    summary: 'One event: its request, and for each notifier every attempt and the outcome.',
    ...{ answer: entryRow, lines: true },
    async handle(call, api) {
      const answers = runUnchecked(api, { command: 'show', id: call.params['id'] });
      if (call.wantsLines) return { lines: answers };
      for await (const answer of answers) if ('row' in answer) return { json: answer.row };
      throw new BelfryError('INTERNAL', 'no row was answered');
    },
  }),
  defineEndpoint({
    ...{ method: 'GET', path: '/api/audit', access: 'read' },
    summary: 'Counts everything in the spool, and says whether the numbers add up; each notifier pauses meanwhile.',
    ...{ answer: itemsOf(auditRow), lines: true },
    handle: (call, api) => answered(call, runUnchecked(api, { command: 'audit' })),
  }),
];
