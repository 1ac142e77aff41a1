/** What the two ways to send a mail have in common. */
import type { Extend, Outcome } from '../notifier.ts';

/** A finished mail. Addresses are valid and in ASCII. */
export interface Mail {
  /** Stays the same over all attempts. */
  readonly id: string;
  /** Envelope sender; empty for `<>`. */
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Headers and body, in ASCII, with the line ends of the transport. */
  readonly text: string;
  /** Rather never than twice (RFC 5436 §2.7): when nobody knows whether it was taken, it is not sent again. */
  readonly atMostOnce: boolean;
}

export interface Transport {
  readonly lineEnd: 'lf' | 'crlf';
  /** One attempt; `signal` and `extend` as for `Notifier.notify`. */
  send(mail: Mail, signal: AbortSignal, extend?: Extend): Promise<Outcome>;
  /** Closes what is still open. Idempotent. */
  close(): Promise<void>;
}
