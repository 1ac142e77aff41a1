/** What the daemon runs its intakes with: threads of their own. Tests run them in theirs. */
import type { Position } from '../base/request.ts';
import type { IntakeCounts, IntakeSetting } from '../intake/intake.ts';
import type { IntakeFacts } from '../metrics/intake-recorder.ts';
import type { LoopDelayData } from '../metrics/loop-delay.ts';
import type { IntakeId, IntakesEvents, SocketFacts } from './intakes.ts';

/** An intake that is open. */
export interface Listening<Setting extends IntakeSetting = IntakeSetting> {
  /** Of the request to open it; unique in its thread. */
  readonly id: IntakeId;
  /** As it was opened. */
  readonly setting: Setting;
  /** Where it listens, for logs. */
  readonly address: string;
  /** Stops reading; resolves with what it counted when all that was read is in the spool. Called once. */
  stop(): Promise<IntakeCounts>;
}

/** What a thread of intakes has measured since it began. */
export interface ThreadFacts extends IntakeFacts {
  readonly thread: string;
  readonly sockets: readonly SocketFacts[];
  /** How late its event loop was since it was asked last. */
  readonly loop?: LoopDelayData;
}

export interface IntakeHost<Setting extends IntakeSetting = IntakeSetting> {
  /** Opens an intake, or takes the socket that was passed to us as `descriptor`, and begins to read it. Throws BelfryError. */
  listen(setting: Setting, descriptor?: number): Promise<Listening<Setting>>;
  /**
   * Takes what of these settings can be changed while their intakes are open, and reads their files again: of all of them,
   * or of none. Throws BelfryError when one cannot be used.
   */
  renew(renewals: readonly (readonly [Listening<Setting>, Setting])[]): Promise<void>;
  /** Sets what is logged where this host has a log of its own. */
  setLogLevel(level: string): void;
  /** What reads, by name: each resolves when that part has shown that it is alive. */
  vitals(): ReadonlyMap<string, Promise<void>>;
  /** What each thread has measured. `isScraped`: the delay of its event loop is asked for as well. */
  facts(isScraped: boolean): Promise<readonly ThreadFacts[]>;
  /** Ends all intakes. Idempotent. */
  close(): Promise<void>;
}

export interface IntakeHostEvents extends IntakesEvents {
  /** Everything up to here is in the spool. */
  readonly onLast: (last: Position) => void;
  /** A line of the log, with its newline. */
  readonly onLine: (line: string) => void;
}
