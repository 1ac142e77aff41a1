/** What the main thread and a thread of intakes say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCodeName } from '../base/error.ts';
import type { Position } from '../base/request.ts';
import type { IntakeCounts, IntakeSetting } from '../intake/intake.ts';
import type { SpoolLocation } from '../spool/engine.ts';
import type { SpoolEngineName } from '../spool/table.ts';
import type { ThreadFacts } from './intake-host.ts';
import type { IntakeId, Renewal } from './intakes.ts';

/** Given to a thread when it starts. */
export interface IntakeThreadData {
  readonly engine: SpoolEngineName;
  /** Where what it reads goes: into the spool that it appends to, or to the thread that does. */
  readonly into: { readonly spool: SpoolLocation } | { readonly port: MessagePort };
  readonly logLevel: string;
}

/** What a thread can be asked for. */
export interface IntakeThreadCalls {
  /** Answers the address. */
  open(id: IntakeId, setting: IntakeSetting, descriptor?: number): Promise<string>;
  /** See `IntakeHost.renew`. */
  renew(renewals: readonly Renewal[]): void;
  /** Stops this intake; answered when all that was read is in the spool. */
  stop(id: IntakeId): Promise<IntakeCounts>;
  /** Answered by the event loop of the thread itself. */
  ping(): void;
  /** Appends what another thread sends on this port, see `ThreadWriter`. Only of the one that has the spool. */
  serve(port: MessagePort): void;
  /** What the thread has measured. */
  facts(isScraped: boolean): Omit<ThreadFacts, 'thread'>;
  /** Sets what is logged from now on. */
  level(level: string): void;
}

/** Each call is answered once, under its number. `end` is answered by the end of the thread. */
export type ToIntake =
  | { readonly number: number; readonly call: keyof IntakeThreadCalls; readonly args: readonly unknown[] }
  | 'end';

export type FromIntake =
  | { readonly kind: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly number: number; readonly code: ErrorCodeName; readonly message: string }
  /** The process that passed this socket to us has shut it down: nothing more comes from it. */
  | { readonly kind: 'socket-shut-down'; readonly address: string }
  /** Everything up to here is durable. */
  | { readonly kind: 'last'; readonly last: Position }
  /** A line of the log, whole. */
  | { readonly kind: 'line'; readonly line: string };
