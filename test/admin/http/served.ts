/** An API that is served in the test's own process, over a spool in memory or with endpoints of the test's own. */
import type { RequestListener } from 'node:http';
import type { Api } from '../../../src/admin/api.ts';
import { type AccessRules, createGuard } from '../../../src/admin/http/access.ts';
import { type AdminServer, type AdminServerOptions, openAdminServer } from '../../../src/admin/http/admin-server.ts';
import { type ApplicationParts, application } from '../../../src/admin/http/application.ts';
import type { Endpoint } from '../../../src/admin/http/endpoint.ts';
import { endpoints } from '../../../src/admin/http/table.ts';
import { LiveFeed } from '../../../src/admin/live-feed.ts';
import type { AdminAnswer } from '../../../src/admin/protocol.ts';
import type { Spool } from '../../../src/spool/spool.ts';
import { toolsOf } from '../work.ts';

/** Over a spool on which nobody works; nothing is observed, and what is logged or goes wrong is collected. */
export function apiOf(
  spool: Spool,
  own: Partial<Api> = {},
): Api & { readonly bugs: unknown[]; readonly changes: object[] } {
  const tools = { ...toolsOf(spool), ...own.tools };
  const [bugs, changes]: [unknown[], object[]] = [[], []];
  return {
    bugs,
    changes,
    tools,
    live: new LiveFeed(tools, { tickMs: 5 }),
    facts: {
      ...{ version: '1.2.3', host: 'mail1.example.org', pid: 7, startedAt: 1 },
      sockets: () => ['/run/notify'],
      suspectedLosses: () => 0,
      lastFailureOf: () => undefined,
      kindOf: () => ({ method: 'null' }),
      spoolLimits: () => ({ maxBytes: 1_000_000, retentionMs: 1000 }),
      configuration: () => ({ files: ['belfry.conf'], loadedAt: 1, options: [] }),
    },
    observed: {
      metrics: async () => ({ type: 'text/plain; version=0.0.4', text: 'belfry_up 1\n' }),
      health: async () => ({ alive: true, parts: [] }),
      readiness: async () => ({ ready: false, reasons: [{ check: 'spool', ok: false, detail: 'no room' }] }),
      history: () => ({ stepMs: 1, at: [], received: [], delivered: [], storedP99Ms: [], notifiers: {} }),
      latencyOf: () => null,
      stored: () => null,
    },
    explain: async (bytes) => ({ text: `${bytes.length} bytes`, explanations: [] }),
    test: async (notifier) => {
      const id = 'test-1';
      return {
        ...{ notifier, method: 'null', event: 'MessageNew', id, durationMs: 1, exchange: [] },
        outcome: { status: 'delivered' },
      };
    },
    audit: (change, from) => void changes.push({ ...change, from }),
    onBug: (thrown) => void bugs.push(thrown),
    ...own,
  };
}

interface Served extends Partial<Omit<ApplicationParts, 'api' | 'guard'>> {
  readonly place: AdminServerOptions['place'];
  readonly maxConnections?: number;
  /** Absent: as on a Unix socket. */
  readonly tcp?: AccessRules['tcp'];
  readonly now?: () => number;
}

export function serve(
  api: Api,
  { place, maxConnections = 160, tcp, now = Date.now, ...own }: Served,
): Promise<AdminServer> {
  const guard = createGuard({ now, ...(tcp === undefined ? {} : { tcp }) });
  const load = async (hasAsked: ApplicationParts['hasAsked']): Promise<RequestListener> =>
    application({ api, endpoints, guard: () => guard, hasAsked, maxCalls: 16, isTooMany: () => false, ...own });
  return openAdminServer({ place, load, maxConnections, onBug: api.onBug });
}

/** One that answers these lines to `belfry queue` (the command `status`). */
export function answering(lines: () => AsyncIterable<AdminAnswer>): readonly Endpoint[] {
  return [
    {
      ...{ method: 'GET', path: '/api/notifiers', access: 'read', summary: 'A test.', answer: 'nothing', lines: true },
      handle: () => ({ lines: lines() }),
    },
  ];
}
