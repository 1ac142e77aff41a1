/** Every metric, declared once: what it says, and by which labels. docs/reference/metrics.md is made from it. */

export interface Declaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Each has few values, whatever senders and receivers do. */
  readonly labels?: readonly string[];
}

const counter = (help: string, ...labels: readonly string[]): Declaration => ({ type: 'counter', help, labels });
const gauge = (help: string, ...labels: readonly string[]): Declaration => ({ type: 'gauge', help, labels });
const histogram = (help: string, ...labels: readonly string[]): Declaration => ({ type: 'histogram', help, labels });

/** Counters begin at 0 when the daemon starts, unless they say otherwise. */
export const declarations = {
  belfry_build_info: gauge('The version of belfry and of Node. Always 1.', 'version', 'node'),
  belfry_socket_requests_total: counter('Requests read from a socket and stored in the spool.', 'socket'),
  belfry_socket_lost_requests_total: counter(
    'Requests read from a socket that the spool did not store. Over HTTP and the stream the sender got an error; a datagram is lost.',
    'socket',
  ),
  belfry_socket_truncated_requests_total: counter(
    'Requests that were longer than the receive buffer; the rest of them is lost.',
    'socket',
  ),
  belfry_socket_queue_datagrams: gauge(
    'Datagrams that wait in the kernel to be read. When net.unix.max_dgram_qlen of them wait, the mail server waits too.',
    'socket',
  ),
  belfry_requests_total: counter(
    'Usable requests by class and type of event. Types without a schema count as other; requests of other classes have no type.',
    'class',
    'event',
  ),
  belfry_unusable_requests_total: counter('Requests that could not be used, by the step that found it.', 'stage'),
  belfry_stored_duration_seconds: histogram('From reading a request to its commit in the spool.', 'thread'),
  belfry_intake_batch_requests: histogram('Requests that one write to the spool stores.', 'thread'),
  belfry_spool_entries: gauge('Requests in the spool, those kept only for replay among them.'),
  belfry_spool_bytes: gauge('Bytes of requests and dead letters in the spool.'),
  belfry_spool_limit_bytes: gauge('The limit for them: spool_max_size.'),
  belfry_spool_free_bytes: gauge('Free bytes on the file system of the spool.'),
  belfry_spool_size_bytes: gauge('Size of the file system of the spool in bytes.'),
  belfry_suspected_losses: gauge(
    'Events that the mail server seems to have lost, by gaps in UIDs. Goes down when a missing event arrives late.',
  ),
  belfry_notifications_total: counter(
    'Notifications that are finished: delivered, filtered, coalesced into a later one, or dead.',
    'notifier',
    'outcome',
  ),
  belfry_filtered_total: counter('Notifications that an option filtered.', 'notifier', 'option'),
  belfry_attempts_total: counter(
    'Attempts to deliver a notification: delivered, retry (will be made again) or rejected (for good).',
    'notifier',
    'outcome',
  ),
  belfry_receiver_pauses_total: counter('Pauses that the receiver asked for (Retry-After).', 'notifier'),
  belfry_discarded_letters_total: counter(
    'Dead letters discarded because their share of the spool was full.',
    'notifier',
  ),
  belfry_delivery_duration_seconds: histogram('From the receipt of a request to its delivery.', 'notifier'),
  belfry_attempt_duration_seconds: histogram('One attempt, for each notification in it.', 'notifier'),
  belfry_waiting_notifications: gauge('Notifications not yet attempted, or in progress.', 'notifier'),
  belfry_deferred_notifications: gauge('Notifications that wait for their next attempt.', 'notifier'),
  belfry_dead_letters: gauge('Notifications that belfry gave up.', 'notifier'),
  belfry_oldest_waiting_seconds: gauge(
    'Age of the oldest notification that is not finished; 0 when there is none.',
    'notifier',
  ),
  belfry_attempts_in_progress: gauge('Attempts in progress.', 'notifier'),
  belfry_breaker_state: gauge('1 for the state of the circuit breaker, 0 for the others.', 'notifier', 'state'),
  belfry_notifier_paused: gauge('1 while deliveries are paused, by whom.', 'notifier', 'by'),
  belfry_receiver_failing: gauge('1 if the last attempt failed.', 'notifier'),
  belfry_ready: gauge('1 if the check of /readyz passes.', 'check'),
  belfry_configuration_refused: gauge(
    '1 while the configuration on disk has mistakes, so that the old one is in force.',
  ),
  belfry_event_loop_delay_p50_seconds: gauge(
    'Half of the time the event loop was late by less, since the last scrape.',
    'thread',
  ),
  belfry_event_loop_delay_p99_seconds: gauge(
    'In 99 % of the time the event loop was late by less, since the last scrape.',
    'thread',
  ),
  belfry_event_loop_delay_max_seconds: gauge('The longest delay of the event loop since the last scrape.', 'thread'),
  process_start_time_seconds: gauge('When the process started, in seconds since the epoch.'),
  process_cpu_user_seconds_total: counter('Processor time in user mode.'),
  process_cpu_system_seconds_total: counter('Processor time in the kernel.'),
  process_cpu_seconds_total: counter('Processor time in user mode and in the kernel.'),
  process_resident_memory_bytes: gauge('Memory of the process in RAM; pages of the spool that it has mapped count.'),
  process_open_fds: gauge('Open file descriptors.'),
  nodejs_heap_size_used_bytes: gauge('Used bytes of the heap of the main thread.'),
  nodejs_heap_size_total_bytes: gauge('Size of the heap of the main thread.'),
  nodejs_external_memory_bytes: gauge('Bytes of buffers outside the heap.'),
} as const satisfies Readonly<Record<`${'belfry' | 'process' | 'nodejs'}_${string}`, Declaration>>;

export type MetricName = keyof typeof declarations;
