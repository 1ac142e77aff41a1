/** Makes the values of all metrics from what is known of a daemon at one moment. */
import type { MetricName } from './declarations.ts';
import type { HistogramData } from './histogram.ts';
import type { IntakeFacts } from './intake-recorder.ts';
import type { NotifierLatencies } from './latencies.ts';
import type { LoopDelayData } from './loop-delay.ts';
import type { RequestCount } from './request-counts.ts';
import type { Sample, Samples } from './sample.ts';

export interface NotifierFacts {
  readonly notifier: string;
  readonly waiting: number;
  readonly deferred: number;
  readonly dead: number;
  /** Milliseconds. */
  readonly oldestMs: number;
  readonly inProgress: number;
  readonly breaker?: string | undefined;
  readonly pausedBy: readonly PausedBy[];
  readonly isFailing: boolean;
}

const whoPauses = ['receiver', 'breaker', 'administrator'] as const;
export type PausedBy = (typeof whoPauses)[number];
const breakerStates = ['closed', 'open', 'probing'] as const;

interface Counted {
  readonly what: string;
  readonly recipient: string;
  readonly reason: string;
  readonly count: number;
}

interface Socket {
  readonly address: string;
  readonly received: number;
  readonly truncated: number;
  readonly lost: number;
  readonly queued?: number;
}

/** All times in milliseconds. */
export interface Facts {
  readonly version: string;
  readonly node: string;
  readonly counted: readonly Counted[];
  readonly requests: readonly RequestCount[];
  readonly unusable: ReadonlyMap<string, number>;
  readonly latencies: ReadonlyMap<string, NotifierLatencies>;
  readonly notifiers: readonly NotifierFacts[];
  readonly threads: readonly (IntakeFacts & { readonly thread: string; readonly sockets: readonly Socket[] })[];
  readonly loops: ReadonlyMap<string, LoopDelayData>;
  readonly spool: { readonly entries: number; readonly bytes: number; readonly maxBytes: number };
  /** Whether the configuration on disk was refused. */
  readonly isRefused: boolean;
  readonly disk: { readonly free: number; readonly size: number } | undefined;
  readonly checks: readonly { readonly check: string; readonly ok: boolean }[];
  readonly process: Partial<Record<MetricName, number>>;
}

const msPerSecond = 1000;
/** Under which of the names of what is counted a notification is finished, and which are attempts. */
const finished = ['delivered', 'filtered', 'coalesced', 'dead'];
const attempts = ['delivered', 'retry', 'rejected'];

export function samplesOf(facts: Facts): Samples {
  const { counted, notifiers, threads, spool } = facts;
  const sockets = threads.flatMap((thread) => thread.sockets);
  const ofSockets = (value: (socket: Socket) => number | undefined): readonly Sample[] =>
    summed(sockets.map((socket) => ({ labels: { socket: socket.address }, value: value(socket) })));
  /** A counter that is seen before it rises shows its first rise. */
  const ofAll = (names: readonly string[], labelled: (what: string) => Record<string, string>): readonly Sample[] => {
    const none = notifiers.flatMap(({ notifier }) =>
      names.map((what) => ({ what, recipient: notifier, reason: '', count: 0 })),
    );
    return summed(
      [...none, ...counted.filter(({ what }) => names.includes(what))].map((one) => ({
        labels: { notifier: one.recipient, ...labelled(one.what) },
        value: one.count,
      })),
    );
  };
  const gauges = (value: (one: NotifierFacts) => number): readonly Sample[] =>
    notifiers.map((one) => ({ labels: { notifier: one.notifier }, value: value(one) }));
  const sets = (label: string, names: readonly string[], has: (one: NotifierFacts, name: string) => boolean) =>
    notifiers.flatMap((one) =>
      names.map((name) => ({ labels: { notifier: one.notifier, [label]: name }, value: Number(has(one, name)) })),
    );
  const ofThreads = (value: (facts: IntakeFacts) => HistogramData, unit = 1): readonly Sample[] =>
    threads.map((one) => ({ labels: { thread: one.thread }, histogram: value(one), unit }));
  const ofLoops = (value: (loop: LoopDelayData) => number): readonly Sample[] =>
    [...facts.loops].map(([thread, loop]) => ({ labels: { thread }, value: value(loop) / msPerSecond }));
  const latencies = (which: keyof NotifierLatencies): readonly Sample[] =>
    [...facts.latencies].map(([notifier, one]) => ({
      labels: { notifier },
      histogram: one[which].data(),
      unit: msPerSecond,
    }));
  const one = (value: number): readonly Sample[] => [{ labels: {}, value }];
  const suspected = counted.filter(({ what }) => what === 'suspected').reduce((sum, { count }) => sum + count, 0);

  const samples = new Map<MetricName, readonly Sample[]>([
    ['belfry_build_info', [{ labels: { version: facts.version, node: facts.node }, value: 1 }]],
    ['belfry_socket_requests_total', ofSockets(({ received }) => received)],
    ['belfry_socket_lost_requests_total', ofSockets(({ lost }) => lost)],
    ['belfry_socket_truncated_requests_total', ofSockets(({ truncated }) => truncated)],
    ['belfry_socket_queue_datagrams', ofSockets(({ queued }) => queued)],
    ['belfry_requests_total', facts.requests.map(({ count, ...labels }) => ({ labels: { ...labels }, value: count }))],
    [
      'belfry_unusable_requests_total',
      [...facts.unusable].map(([stage, count]) => ({ labels: { stage }, value: count })),
    ],
    ['belfry_stored_duration_seconds', ofThreads(({ stored }) => stored, msPerSecond)],
    ['belfry_intake_batch_requests', ofThreads(({ batches }) => batches)],
    ['belfry_spool_entries', one(spool.entries)],
    ['belfry_spool_bytes', one(spool.bytes)],
    ['belfry_spool_limit_bytes', one(spool.maxBytes)],
    ['belfry_suspected_losses', one(suspected)],
    ['belfry_notifications_total', ofAll(finished, (outcome) => ({ outcome }))],
    [
      'belfry_filtered_total',
      summed(
        counted
          .filter(({ what }) => what === 'filtered')
          .map(({ recipient, reason, count }) => ({ labels: { notifier: recipient, option: reason }, value: count })),
      ),
    ],
    ['belfry_attempts_total', ofAll(attempts, (outcome) => ({ outcome }))],
    ['belfry_receiver_pauses_total', ofAll(['throttled'], () => ({}))],
    ['belfry_discarded_letters_total', ofAll(['shed'], () => ({}))],
    ['belfry_delivery_duration_seconds', latencies('delivery')],
    ['belfry_attempt_duration_seconds', latencies('attempt')],
    ['belfry_waiting_notifications', gauges(({ waiting }) => waiting)],
    ['belfry_deferred_notifications', gauges(({ deferred }) => deferred)],
    ['belfry_dead_letters', gauges(({ dead }) => dead)],
    ['belfry_oldest_waiting_seconds', gauges(({ oldestMs }) => oldestMs / msPerSecond)],
    ['belfry_attempts_in_progress', gauges(({ inProgress }) => inProgress)],
    ['belfry_receiver_failing', gauges(({ isFailing }) => Number(isFailing))],
    ['belfry_breaker_state', sets('state', breakerStates, ({ breaker = 'closed' }, state) => breaker === state)],
    ['belfry_notifier_paused', sets('by', whoPauses, ({ pausedBy }, by) => pausedBy.some((who) => who === by))],
    ['belfry_ready', facts.checks.map(({ check, ok }) => ({ labels: { check }, value: Number(ok) }))],
    ['belfry_configuration_refused', one(Number(facts.isRefused))],
    ['belfry_event_loop_delay_p50_seconds', ofLoops(({ p50Ms }) => p50Ms)],
    ['belfry_event_loop_delay_p99_seconds', ofLoops(({ p99Ms }) => p99Ms)],
    ['belfry_event_loop_delay_max_seconds', ofLoops(({ maxMs }) => maxMs)],
  ]);
  if (facts.disk !== undefined) {
    samples.set('belfry_spool_free_bytes', one(facts.disk.free));
    samples.set('belfry_spool_size_bytes', one(facts.disk.size));
  }
  for (const [name, value] of Object.entries(facts.process) as [MetricName, number][]) samples.set(name, one(value));
  return samples;
}

/** A sample must not come twice: values with the same labels are added. Those that are not known are left out. */
function summed(all: readonly { readonly labels: Record<string, string>; readonly value: number | undefined }[]) {
  const sums = new Map<string, { readonly labels: Record<string, string>; value: number }>();
  for (const { labels, value } of all) {
    if (value === undefined) continue;
    const key = JSON.stringify(labels);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { labels, value });
    else sum.value += value;
  }
  return [...sums.values()];
}
