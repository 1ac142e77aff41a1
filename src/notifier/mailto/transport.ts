/** What the two ways to send a mail have in common. */
import type { Extend, Outcome } from '../notifier.ts';

/** A finished mail. Addresses are valid; a recipient may need SMTPUTF8 (`isInternational`). */
export interface Mail {
  /** Stays the same over all attempts. */
  readonly id: string;
  /** Envelope sender; empty for `<>`. */
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Headers and body, in ASCII, with the line ends of the transport. */
  readonly text: string;
}

export interface Transport {
  readonly lineEnd: 'lf' | 'crlf';
  /**
   * One attempt; `signal` and `extend` as for `Notifier.notify`. A mail of which nobody knows whether it was taken is
   * `rejected`, never `retry`: it must not be sent twice (RFC 5436 §2.7).
   */
  send(mail: Mail, signal: AbortSignal, extend?: Extend): Promise<Outcome>;
  /** Closes what is still open. Idempotent. */
  close(): Promise<void>;
}
