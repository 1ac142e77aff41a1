/** What the main thread and a thread of intakes say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCodeName } from '../base/error.ts';
import type { Position } from '../base/request.ts';
import type { IntakeCounts, IntakeSetting } from '../intake/intake.ts';
import type { SpoolLocation } from '../spool/engine.ts';
import type { SpoolEngineName } from '../spool/table.ts';
import type { IntakeId, Renewal } from './intakes.ts';

/** Given to a thread when it starts. */
export interface IntakeThreadData {
  readonly engine: SpoolEngineName;
  /** Where what it reads goes: into the spool that it appends to, or to the thread that does. */
  readonly into: { readonly spool: SpoolLocation } | { readonly port: MessagePort };
  readonly logLevel: string;
}

export type Question =
  /** Its number is that of the intake from then on. */
  | { readonly kind: 'open'; readonly setting: IntakeSetting; readonly descriptor?: number }
  /** See `IntakeHost.renew`. */
  | { readonly kind: 'renew'; readonly renewals: readonly Renewal[] }
  /** Stop this intake; answered when all that was read is in the spool. */
  | { readonly kind: 'stop'; readonly id: IntakeId }
  /** Answered by the event loop of the thread itself. */
  | { readonly kind: 'ping' }
  /** Append what another thread sends on this port, see `ThreadWriter`. Only of the one that has the spool. */
  | { readonly kind: 'serve'; readonly port: MessagePort }
  /** What is logged from now on. */
  | { readonly kind: 'level'; readonly level: string };

export interface AnswerOf {
  readonly open: { readonly address: string };
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
  | { readonly kind: 'socket-shut-down'; readonly address: string }
  /** Everything up to here is durable. */
  | { readonly kind: 'last'; readonly last: Position }
  /** A line of the log, whole. */
  | { readonly kind: 'line'; readonly line: string };
