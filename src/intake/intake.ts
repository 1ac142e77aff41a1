/**
 * The interface of an intake: something that takes requests from outside, off a socket or from wherever it asks for them,
 * and hands them over, untouched. And how a kind of intake declares itself.
 */
import type { Logger } from 'pino';
import type { Accepted, RawRequest, StoredRun } from '../base/request.ts';
import type { IntakeRecorder } from '../metrics/intake-recorder.ts';
import type { OptionRecord, OptionValues } from '../option/option.ts';
import type { OptionProblem } from '../option/problem.ts';

export interface IntakeCounts {
  /** Requests passed on and accepted. */
  readonly received: number;
  /** Requests that were longer than the receiver takes. They are passed on with `truncatedFrom`. */
  readonly truncated: number;
  /** Requests that `accept` refused: read from the socket, not kept. */
  readonly lost: number;
}

/** Resolves when the requests are kept, all of them, and `run` with them; rejects with the reason why none is. */
export type Accept = (requests: readonly RawRequest[], run?: StoredRun) => Promise<Accepted>;

export interface Intake {
  /** Where it listens or what it reads, for logs: `/run/belfry/notify`. */
  readonly address: string;
  /**
   * Hands over what arrives until `signal` aborts; resolves when all of it has been answered for. A rejection of
   * `accept` loses that batch: it is counted and logged, and reading goes on, because the sender must never wait.
   * Called once: a socket of our own refuses what is sent after `signal` has aborted. Resolves before that when the process
   * that passed us the socket has shut it down: nothing more can come, and every client that had connected has its answer.
   */
  run(accept: Accept, signal: AbortSignal): Promise<void>;
  counts(): IntakeCounts;
  /** Requests that wait in the kernel, as far as it can be seen. Absent: it cannot. */
  queued?(): number | undefined;
  /** Closes the socket and removes its file if it is still ours. Idempotent. */
  close(): Promise<void>;
}

/** What one intake is to do. */
export interface IntakeSetting {
  /** The name of its kind. */
  readonly transport: string;
  /** Names it in all of the configuration, as it is written there; no two intakes have the same. */
  readonly name: string;
}

export interface IntakeServices {
  readonly log: Logger;
  /** Whether intakes have a thread for themselves. */
  readonly ownThread: boolean;
  /** A socket that was passed to the process, to be used instead of opening one. */
  readonly descriptor?: number;
  /** Marks of the run that was stored last from a socket, see `StoredRun`. */
  readonly lastRun?: (socket: string) => Uint8Array | undefined;
  /** Of the thread. Default: nothing is measured. */
  readonly recorder?: IntakeRecorder;
}

export interface OpenIntake<Setting extends IntakeSetting = IntakeSetting> {
  readonly intake: Intake;
  /**
   * Reads the files of a setting for the same intake; what it answers puts in force what can be changed while it is open,
   * and cannot fail. Throws BelfryError when the setting cannot be used.
   */
  renew(setting: Setting): () => void;
}

/** How the options of a kind become settings. */
interface SettingsReader<Setting extends IntakeSetting, O extends OptionRecord> {
  /** The heading of its options in the reference and in `belfry check`. */
  readonly section: string;
  /** The intakes to open, and what is wrong with the values, each of which is right by itself. No I/O. */
  read(values: OptionValues<O>): {
    readonly settings: readonly Setting[];
    readonly problems?: readonly OptionProblem<keyof O & string>[];
  };
}

export interface IntakeKind<Setting extends IntakeSetting = IntakeSetting, O extends OptionRecord = OptionRecord> {
  /** What `IntakeSetting.transport` says. */
  readonly name: Setting['transport'];
  /** Its own options, by the names that they have in the configuration. */
  readonly options: O;
  /** Absent where `src/config` reads them: those of sockets that can be passed to the process depend on each other. */
  readonly settings?: SettingsReader<Setting, O>;
  /**
   * Where it runs when there are threads. `append`: in the thread that appends to the spool, where nothing may be parsed,
   * because the mail server waits for it. `parse`: in a thread beside it, with the priority of dispatch.
   */
  readonly thread: 'append' | 'parse';
  /** Loads its code and opens it. Throws BelfryError. */
  open(setting: Setting, services: IntakeServices): Promise<OpenIntake<Setting>>;
}

/** Declares a kind of intake, which is then a line in the table. */
export function defineIntake<Setting extends IntakeSetting, O extends OptionRecord = OptionRecord>(
  kind: IntakeKind<Setting, O>,
): IntakeKind<Setting, O> {
  return kind;
}
