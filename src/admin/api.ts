/** What the API of the daemon has at its hands; `daemon/` provides it. */
import type { AdminContext } from './context.ts';
import type { LiveFeed } from './live-feed.ts';

/** How a notifier is configured, for people. */
interface NotifierKind {
  readonly method: string;
  /** What of the method it uses: the preset of a webhook. */
  readonly label?: string;
}

interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One value in force. */
interface OptionInForce {
  readonly name: string;
  /** Hidden when it is a secret. */
  readonly value: string;
  /** `/etc/belfry/belfry.conf:12`, or where else it comes from. */
  readonly from: string;
}

/** That the file on disk is not the configuration in force, because it was refused. */
interface RefusedConfiguration {
  readonly at: number;
  readonly reason: string;
}

/** What a trial of a notifier has shown. */
interface TestReport {
  readonly notifier: string;
  readonly method: string;
  readonly event: string;
  readonly id: string;
  readonly filteredBy?: { readonly option: string; readonly detail: string };
  readonly outcome: { readonly status: string; readonly detail?: string; readonly reason?: string };
  readonly durationMs: number;
  readonly exchange: readonly { readonly kind: string; readonly text: string }[];
}

/** What is recorded over time. */
interface Observed {
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  health(): Promise<{
    readonly alive: boolean;
    readonly parts: readonly { readonly name: string; readonly alive: boolean }[];
  }>;
  readiness(): Promise<{
    readonly ready: boolean;
    readonly reasons: readonly { readonly check: string; readonly ok: boolean; readonly detail: string }[];
  }>;
  history(): unknown;
  /** From the receipt to the delivery, of the last minutes; null where nothing was delivered. */
  latencyOf(notifier: string): Percentiles | null;
  /** From the receipt to the moment at which it was stored. */
  stored(): Percentiles | null;
}

/** All times in milliseconds since the epoch. */
export interface Facts {
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: number;
  /** Where requests are taken. */
  sockets(): readonly string[];
  suspectedLosses(): number;
  /** Since the start. */
  lastFailureOf(notifier: string): { readonly at: number; readonly reason: string } | undefined;
  kindOf(notifier: string): NotifierKind | undefined;
  spoolLimits(): { readonly maxBytes: number; readonly retentionMs: number };
  configuration(): {
    readonly files: readonly string[];
    readonly loadedAt: number;
    readonly refused?: RefusedConfiguration;
    readonly options: readonly OptionInForce[];
  };
}

export interface Api {
  readonly tools: AdminContext;
  readonly facts: Facts;
  readonly observed: Observed;
  readonly live: LiveFeed;
  /** What becomes of a request of these bytes: as `belfry explain` prints it, and as objects. Throws BelfryError BAD_INPUT. */
  explain(bytes: Uint8Array): Promise<{ readonly text: string; readonly explanations: readonly unknown[] }>;
  /** Throws BelfryError USAGE for what there is not, NOTIFIER_OPEN. */
  test(notifier: string, event: string | undefined, stop: AbortSignal): Promise<TestReport>;
  /** One line of the log for each change. */
  audit(change: object, from: string): void;
  /** Told of what is no BelfryError. */
  onBug(thrown: unknown): void;
}
