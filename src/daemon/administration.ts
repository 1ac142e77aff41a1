/**
 * Serves the API of a running daemon: on its control socket everything, on admin_listen the page too, on metrics_listen
 * metrics and health alone. A reload keeps every server whose place stays, and its connections.
 */
import type { Logger } from 'pino';
import type { Api } from '../admin/api.ts';
import { createGuard, type Guard } from '../admin/http/access.ts';
import { type AdminServer, openAdminServer } from '../admin/http/admin-server.ts';
import { BelfryError, messageOf } from '../base/error.ts';
import type { AdminPlace, AdminSettings } from '../config/admin-sockets.ts';
import type { Configuration } from '../config/configuration.ts';
import { isSamePlace } from '../config/place.ts';
import { readToken } from '../http-server/files.ts';
import { watchSocket } from './socket-watch.ts';

/** What is served at a place. */
type Kind = 'control' | 'admin' | 'metrics';

interface Wanted {
  readonly kind: Kind;
  readonly place: AdminPlace;
}

/** A server, with the guard that is in force. */
interface Serving extends Wanted {
  guard: Guard;
  close(): Promise<void>;
}

export interface AdministrationParts {
  readonly log: Logger;
  readonly api: Api;
}

/** What a reload would change. */
export interface Renewal {
  /** Puts it in force. Never rejects. */
  apply(): Promise<void>;
  /** Gives it up. */
  discard(): Promise<void>;
}

/** Calls at a time, connections at a time. */
const limits: Readonly<Record<Kind, { readonly calls: number; readonly connections: number }>> = {
  control: { calls: 16, connections: 160 },
  admin: { calls: 16, connections: 400 },
  metrics: { calls: 4, connections: 64 },
};

export class Administration {
  readonly #parts: AdministrationParts;
  #serving: ReadonlyMap<string, Serving> = new Map();
  #token: string | undefined;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Where it listens, the control socket apart, for the log. */
  addresses(): { readonly administration?: readonly string[] } {
    const others = [...this.#serving.values()].filter(({ kind }) => kind !== 'control');
    return others.length === 0 ? {} : { administration: others.map(keyOf) };
  }

  /**
   * Opens what a configuration wants and is not there. Another daemon on the control socket is an error, SOCKET_IN_USE, because
   * two must not share a directory. What else cannot be opened is logged, and left out: events come first.
   */
  async prepare(configuration: Configuration): Promise<Renewal> {
    const { log, api } = this.#parts;
    const wanted = wantedBy(configuration);
    const token = tokenOf(configuration.admin, log);
    const guards = guardsOf(configuration, token);
    const next = new Map<string, Serving>();
    // Where another server listens until the configuration is in force.
    const later: Wanted[] = [];
    const opened: Serving[] = [];
    const discard = async (): Promise<void> => {
      await Promise.all(opened.map((one) => one.close()));
    };
    for (const one of wanted) {
      const key = keyOf(one);
      const kept = this.#serving.get(key);
      if (kept === undefined && [...this.#serving.values()].some(({ place }) => isSamePlace(place, one.place))) {
        later.push(one);
        continue;
      }
      try {
        const serving = kept ?? (await this.#open(one, guards(one)));
        if (kept === undefined) opened.push(serving);
        next.set(key, serving);
      } catch (thrown) {
        const isTaken = thrown instanceof BelfryError && thrown.code === 'SOCKET_IN_USE';
        if (isTaken && one.kind === 'control') {
          await discard();
          throw thrown;
        }
        log.error({ reason: messageOf(thrown), address: key }, complaints[one.kind]);
      }
    }
    return {
      discard,
      apply: async () => {
        const old = this.#serving;
        this.#serving = next;
        for (const one of next.values()) one.guard = guards(one);
        // Whoever watches with a token that is no longer good must not go on.
        if (token !== this.#token) api.live.close();
        this.#token = token;
        await Promise.all([...old].map(([key, one]) => (next.get(key) === one ? undefined : one.close())));
        for (const one of later) {
          const reason = await this.#open(one, guards(one)).then(
            (serving) => void next.set(keyOf(one), serving),
            messageOf,
          );
          if (reason !== undefined) log.error({ reason, address: keyOf(one) }, complaints[one.kind]);
        }
      },
    };
  }

  async close(): Promise<void> {
    this.#parts.api.live.close();
    await Promise.all([...this.#serving.values()].map((one) => one.close()));
  }

  async #open(wanted: Wanted, guard: Guard): Promise<Serving> {
    const { kind, place } = wanted;
    const serving: Serving = { kind, place, guard, close: async () => {} };
    const open = (): Promise<AdminServer> => this.#openServer(wanted, () => serving.guard);
    const close = closerOf(place.path, await open(), open, this.#parts.log);
    return Object.assign(serving, { close });
  }

  #openServer({ kind, place }: Wanted, guard: () => Guard): Promise<AdminServer> {
    const { api, log } = this.#parts;
    const { calls: maxCalls, connections: maxConnections } = limits[kind];
    return openAdminServer({
      ...{ place, maxConnections },
      onBug: (err) => log.error({ err }, 'a call of the API failed: this is a bug'),
      async load(hasAsked) {
        // Only now: they take memory, which a daemon that nobody asks anything does not need.
        const [{ application }, { callLimit }, { loadPage }, table] = await Promise.all([
          import('../admin/http/application.ts'),
          import('../admin/http/call-limit.ts'),
          import('../admin/http/page-files.ts'),
          import('../admin/http/table.ts'),
        ]);
        const isOpen = place.path !== undefined;
        return application({
          ...{ api, guard, maxCalls, hasAsked },
          endpoints: kind === 'metrics' ? table.observationEndpoints : table.endpoints,
          ...(kind === 'metrics' ? {} : { page: loadPage() }),
          isTooMany: isOpen ? () => false : callLimit(() => performance.now()),
        });
      },
    });
  }
}

const complaints: Readonly<Record<Kind, string>> = {
  control: 'cannot open the control socket; belfry status, queue, dead and replay cannot reach this daemon',
  admin: 'cannot open this address of admin_listen; the web page and the API are not served there',
  metrics: 'cannot open this address of metrics_listen; metrics and health are not served there',
};

function wantedBy({ controlSocket, admin }: Configuration): readonly Wanted[] {
  return [
    { kind: 'control', place: { path: controlSocket, mode: 0o600 } },
    ...admin.listen.map((place) => ({ kind: 'admin', place }) as const),
    ...admin.metrics.map((place) => ({ kind: 'metrics', place }) as const),
  ];
}

/** The same place, served in the same way. */
function keyOf({ kind, place }: Wanted): string {
  if (place.path === undefined)
    return `${kind} http://${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`;
  return `${kind} ${place.path} ${place.mode.toString(8)} ${place.group ?? ''}`.trimEnd();
}

function guardsOf({ admin, servername }: Configuration, token: string | undefined): (wanted: Wanted) => Guard {
  const hosts = [...admin.hosts, servername.toLowerCase()];
  return ({ place }) => {
    if (place.path !== undefined) return createGuard({ now: Date.now });
    return createGuard({ now: Date.now, tcp: { hosts, port: place.port, ...(token === undefined ? {} : { token }) } });
  };
}

function tokenOf({ token }: AdminSettings, log: Logger): string | undefined {
  if (token === undefined) return undefined;
  try {
    return readToken(token);
  } catch (thrown) {
    log.error(
      { reason: messageOf(thrown) },
      'cannot read admin_token; over addresses the API answers nothing but health',
    );
    return undefined;
  }
}

/** Closes the server; until then it is opened again when its file was removed. */
function closerOf(
  path: string | undefined,
  first: AdminServer,
  open: () => Promise<AdminServer>,
  log: Logger,
): () => Promise<void> {
  let server = first;
  let isClosed = false;
  const reopen = async (): Promise<boolean> => {
    const lost = server;
    server = await open();
    await (isClosed ? server : lost).close();
    return !isClosed;
  };
  const watch = watchSocket(path, { socket: path }, log, reopen);
  return () => {
    isClosed = true;
    watch?.close();
    return server.close();
  };
}
