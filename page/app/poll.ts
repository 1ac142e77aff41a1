/** Asks for the status again and again, notices that the daemon is away or has restarted, and takes the live events. */
import { ApiProblem, read, reasonOf } from '../api/client.ts';
import { watchLive } from '../api/live.ts';
import type { EventRow, History, List, Session, Status } from '../api/types.ts';
import { time } from '../model/format.ts';
import { withEvents } from '../model/live-events.ts';
import { ratesOf, sampleOf, withSample } from '../model/rates.ts';
import type { Store } from './store.ts';

const statusMs = 2000;
/** Nobody looks, but the title of the tab shows whether all is well. */
const hiddenMs = 15_000;
const historyMs = 10_000;
/** Under load this often at most, so that it can be read. */
const showEventsMs = 250;
/** Events that arrived while they are kept back, at most. */
const mostHeld = 300;

export interface Polling {
  /** Asks now. */
  refresh(): Promise<void>;
  /** Begins, or begins anew after a login. */
  start(): Promise<void>;
  /** Shows what was kept back. */
  release(): void;
}

export function createPolling(store: Store): Polling {
  const collected: EventRow[] = [];
  let stopLive: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let eventTimer: ReturnType<typeof setTimeout> | undefined;
  let historyAt = 0;

  async function refresh(): Promise<void> {
    try {
      const status = await read<Status>('/api/status');
      const { samples: before, status: last, unreachableSince } = store.state();
      const hasRestarted = last !== undefined && last.startedAt !== status.startedAt;
      // Another version has another page.
      if (last !== undefined && last.version !== status.version) location.reload();
      const samples = withSample(before, sampleOf(status));
      if (hasRestarted) historyAt = 0;
      store.set({
        ...{ status, samples, rates: ratesOf(samples, store.state().history) },
        ...{ unreachableSince: undefined, unreachableReason: undefined },
        ...(hasRestarted
          ? { notice: { text: `belfry was restarted at ${time(status.startedAt, Date.now())}.`, isProblem: false } }
          : unreachableSince === undefined
            ? {}
            : { notice: { text: 'belfry answers again.', isProblem: false } }),
      });
      await refreshHistory();
    } catch (thrown) {
      if (thrown instanceof ApiProblem && thrown.status === 401) return logOut();
      store.set({
        unreachableSince: store.state().unreachableSince ?? Date.now(),
        unreachableReason: reasonOf(thrown),
      });
    }
  }

  async function refreshHistory(): Promise<void> {
    if (Date.now() - historyAt < historyMs || document.hidden) return;
    historyAt = Date.now();
    const history = await read<History>('/api/history');
    store.set({ history, rates: ratesOf(store.state().samples, history) });
  }

  /** The session is over, or there is none yet. */
  function logOut(): void {
    clearTimeout(timer);
    stopLive?.();
    stopLive = undefined;
    const gone = ['status', 'history', 'found', 'entry', 'groups', 'items', 'configuration', 'dialog'];
    store.set({
      ...Object.fromEntries(gone.map((name) => [name, undefined])),
      session: { needsToken: true, authenticated: false },
    });
  }

  function release(): void {
    const { events } = store.state();
    clearTimeout(eventTimer);
    eventTimer = undefined;
    store.set({ events: withEvents(events, collected.splice(0)), heldEvents: 0 });
  }

  function take(row: EventRow): void {
    collected.push(row);
    if (collected.length > mostHeld) collected.shift();
    if (store.state().isHeld) store.set({ heldEvents: new Set(collected.map(({ id }) => id)).size });
    else eventTimer ??= setTimeout(release, showEventsMs);
  }

  async function poll(): Promise<void> {
    clearTimeout(timer);
    await refresh();
    if (store.state().session?.authenticated === false) return;
    clearTimeout(timer);
    timer = setTimeout(() => void poll(), document.hidden ? hiddenMs : statusMs);
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && stopLive !== undefined) void poll();
  });

  return {
    refresh,
    release,
    async start() {
      const session = await untilAnswered(store);
      store.set({ session });
      if (session.needsToken && !session.authenticated) return;
      historyAt = 0;
      stopLive?.();
      stopLive = watchLive({
        entry: take,
        skipped(count) {
          const { events } = store.state();
          store.set({ events: { ...events, skipped: events.skipped + count } });
        },
        isOpen: (isLive) => store.set({ isLive }),
      });
      await poll();
      try {
        const { items } = await read<List<EventRow>>('/api/events', { limit: '100' });
        store.set({ events: withEvents(store.state().events, items) });
      } catch {
        // The polling says that belfry is not reachable; live events come all the same.
      }
    },
  };
}

async function untilAnswered(store: Store): Promise<Session> {
  for (;;) {
    try {
      const session = await read<Session>('/api/session');
      store.set({ unreachableSince: undefined, unreachableReason: undefined });
      return session;
    } catch (thrown) {
      const { unreachableSince = Date.now() } = store.state();
      store.set({ unreachableSince, unreachableReason: reasonOf(thrown) });
      await new Promise((resolve) => setTimeout(resolve, statusMs));
    }
  }
}
