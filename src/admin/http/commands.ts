/** How the commands of an administrator travel over HTTP: the path, the query and the body of each. */
import { z } from 'zod';
import type { AdminRequest } from '../protocol.ts';

type Command = AdminRequest['command'];
type Values = Readonly<Record<string, unknown>>;

/** One request as it goes over the connection. */
export interface Sent {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly target: string;
  readonly body?: string;
}

const names = { notifier: z.string().optional() };
const ofSelection = {
  id: z.union([z.string(), z.array(z.string())]).optional(),
  event: z.string().optional(),
  user: z.string().optional(),
  mailbox: z.string().optional(),
  reason: z.string().optional(),
  olderThanMs: z.coerce.number().optional(),
  youngerThanMs: z.coerce.number().optional(),
};

/** The queries of endpoints that list something. */
export const notifierQuery = z.strictObject(names);
export const recentQuery = z.strictObject({ ...ofSelection, limit: z.coerce.number().optional() });
export const listQuery = z.strictObject({
  ...names,
  ...ofSelection,
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  /** `next` of the page before. */
  after: z.string().max(400).optional(),
});

type Selecting = z.infer<typeof recentQuery>;

/** The selection of a query. */
export function selectionOf({ id, event, user, mailbox, reason, olderThanMs, youngerThanMs }: Selecting): Values {
  const ids = id === undefined || Array.isArray(id) ? id : [id];
  return present({ ids, event, user, mailbox, reason, olderThanMs, youngerThanMs });
}

/** Without what is undefined. */
export function present(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** The paths of the commands; `{notifier}` and `{id}` stand for these. */
const paths: Readonly<Record<Command, string>> = {
  status: '/api/notifiers',
  list: '/api/{from}',
  count: '/api/{from}/count',
  groups: '/api/dead/groups',
  recent: '/api/events',
  show: '/api/events/{id}',
  audit: '/api/audit',
  retry: '/api/{from}/retry',
  drop: '/api/{from}/drop',
  pause: '/api/notifiers/{notifier}/pause',
  resume: '/api/notifiers/{notifier}/resume',
  replay: '/api/replay',
};
const changing: readonly Command[] = ['count', 'retry', 'drop', 'pause', 'resume', 'replay'];

/** The request of a command, for who sends it. */
export function sentAs(request: AdminRequest): Sent {
  const { command, ...rest } = request;
  const values: Record<string, unknown> = { ...rest };
  const path = paths[command].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(values[name]));
    delete values[name];
    return value;
  });
  if (changing.includes(command)) return { method: 'POST', target: path, body: JSON.stringify(values) };
  const query = new URLSearchParams();
  const { selection, ...others } = values;
  for (const [name, value] of Object.entries({ ...others, ...(selection as Values | undefined) })) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) query.append(name === 'ids' ? 'id' : name, String(one));
    }
  }
  const text = query.toString();
  return { method: 'GET', target: text === '' ? path : `${path}?${text}` };
}
