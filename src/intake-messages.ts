/** What the main thread and the thread of the intake say to each other. */
import type { SocketSetting } from './config/configuration.ts';
import type { ErrorCodeName } from './error.ts';
import type { IntakeCounts } from './intake/intake.ts';
import type { Position } from './request.ts';

/** Given to the thread when it starts. */
export interface IntakeThreadData {
  readonly spool: {
    readonly directory: string;
    readonly maxBytes: number;
    readonly retentionMs: number;
  };
  readonly logLevel: string;
}

export type ToIntake =
  | { readonly kind: 'listen'; readonly setting: SocketSetting }
  /** Stop reading this socket; answered by `stopped` when all that was read is in the log. */
  | { readonly kind: 'stop'; readonly path: string }
  | { readonly kind: 'end' };

export type FromIntake =
  | { readonly kind: 'listening'; readonly path: string; readonly address: string }
  | { readonly kind: 'refused'; readonly path: string; readonly code: ErrorCodeName; readonly message: string }
  | { readonly kind: 'stopped'; readonly path: string; readonly counts: IntakeCounts }
  /** Everything up to here is durable. */
  | { readonly kind: 'last'; readonly last: Position }
  /** A line of the log, whole. */
  | { readonly kind: 'line'; readonly line: string };
