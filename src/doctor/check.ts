/** What a check of `belfry doctor` is, and what it finds. */
import type { DoctorContext } from './context.ts';

/** `unchecked`: it could not be found out, and the message says why. */
export type Verdict = 'ok' | 'warning' | 'fault' | 'unchecked';

export interface Finding {
  readonly verdict: Verdict;
  /** What was examined, and how it is. One sentence, without a full stop. May quote anything: whoever shows it makes it printable. */
  readonly message: string;
  /** Where it stands: a file, its line (from 1), and the option. */
  readonly place?: { readonly file: string; readonly line?: number | undefined; readonly option?: string | undefined };
  /** What follows from it for the mail server, its users or the receivers. */
  readonly meaning?: string;
  /** The exact thing to do: file, line, option or command. */
  readonly remedy?: string;
}

/** What a check finds, with the name of the check. */
export interface NamedFinding extends Finding {
  readonly check: string;
}

export interface Check {
  /** One word, for the first column. */
  readonly name: string;
  /**
   * Finds at least one thing, and changes nothing. Obeys `context.signal`; what it throws is a finding `unchecked`. It may find
   * things that another check has found the cause of.
   */
  run(context: DoctorContext): AsyncIterable<Finding>;
}

type Details = Pick<Finding, 'place'>;

export const ok = (message: string, details: Details = {}): Finding => ({ verdict: 'ok', message, ...details });

export const unchecked = (message: string, details: Details = {}): Finding => ({
  verdict: 'unchecked',
  message,
  ...details,
});

export const warning = (message: string, meaning: string, remedy: string, details: Details = {}): Finding => ({
  verdict: 'warning',
  message,
  meaning,
  remedy,
  ...details,
});

export const fault = (message: string, meaning: string, remedy: string, details: Details = {}): Finding => ({
  verdict: 'fault',
  message,
  meaning,
  remedy,
  ...details,
});
