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

/** Stands for a name where several sockets are meant; it is the name of none. */
export const allOfThem = '';

export type ToIntake =
  | { readonly kind: 'listen'; readonly setting: SocketSetting; readonly descriptor?: number }
  /** See `Engine.renew`; answered by `renewed` or `refused`, under the name `allOfThem`. */
  | { readonly kind: 'renew'; readonly settings: readonly SocketSetting[] }
  /** Stop reading this socket; answered by `stopped` when all that was read is in the log. */
  | { readonly kind: 'stop'; readonly name: string }
  /** Answered by `alive`, by the event loop of the thread itself. */
  | { readonly kind: 'ping' }
  /** What is logged from now on. */
  | { readonly kind: 'level'; readonly level: string }
  | { readonly kind: 'end' };

export type FromIntake =
  | { readonly kind: 'listening'; readonly name: string; readonly address: string }
  | { readonly kind: 'refused'; readonly name: string; readonly code: ErrorCodeName; readonly message: string }
  | { readonly kind: 'renewed'; readonly name: string }
  | { readonly kind: 'stopped'; readonly name: string; readonly counts: IntakeCounts }
  /** Who handed this socket over has shut it down: nothing comes from it any more. */
  | { readonly kind: 'withdrawn'; readonly name: string; readonly address: string }
  | { readonly kind: 'alive' }
  /** Everything up to here is durable. */
  | { readonly kind: 'last'; readonly last: Position }
  /** A line of the log, whole. */
  | { readonly kind: 'line'; readonly line: string };
