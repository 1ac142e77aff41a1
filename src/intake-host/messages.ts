/** What the main thread and a thread of intakes say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCodeName } from '../base/error.ts';
import type { Position } from '../base/request.ts';
import type { SocketSetting } from '../config/configuration.ts';
import type { IntakeCounts } from '../intake/intake.ts';

/** Given to a thread when it starts. */
export interface IntakeThreadData {
  /** Where what it reads goes: into the spool that it appends to, or to the thread that does. */
  readonly into:
    | { readonly spool: { readonly directory: string; readonly maxBytes: number; readonly retentionMs: number } }
    | { readonly port: MessagePort };
  readonly logLevel: string;
}

export type Question =
  | { readonly kind: 'listen'; readonly setting: SocketSetting; readonly descriptor?: number }
  /** See `Engine.renew`. */
  | { readonly kind: 'renew'; readonly settings: readonly SocketSetting[] }
  /** Stop reading this socket; answered when all that was read is in the spool. */
  | { readonly kind: 'stop'; readonly name: string }
  /** Answered by the event loop of the thread itself. */
  | { readonly kind: 'ping' }
  /** Append what another thread sends on this port, see `RemoteWriter`. Only of the one that has the spool. */
  | { readonly kind: 'serve'; readonly port: MessagePort }
  /** What is logged from now on. */
  | { readonly kind: 'level'; readonly level: string };

export interface AnswerOf {
  readonly listen: { readonly address: string };
  readonly renew: undefined;
  readonly stop: IntakeCounts;
  readonly ping: undefined;
  readonly serve: undefined;
  readonly level: undefined;
}

/** Each question is answered once, under its number. `end` is answered by the end of the thread. */
export type ToIntake = { readonly number: number; readonly question: Question } | 'end';

export type FromIntake =
  | { readonly kind: 'answer'; readonly number: number; readonly answer: AnswerOf[Question['kind']] }
  | { readonly kind: 'refused'; readonly number: number; readonly code: ErrorCodeName; readonly message: string }
  /** The process that passed this socket to us has shut it down: nothing comes from it any more. */
  | { readonly kind: 'withdrawn'; readonly address: string }
  /** Everything up to here is durable. */
  | { readonly kind: 'last'; readonly last: Position }
  /** A line of the log, whole. */
  | { readonly kind: 'line'; readonly line: string };
