/** What the two ways to hand over a mail have in common. */
import type { Outcome } from '../notifier.ts';

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
  /** Milliseconds within which `send` settles, whatever the other side does. */
  readonly longestMs: number;
  /** One attempt. Settles soon after `signal` aborts. */
  send(mail: Mail, signal: AbortSignal): Promise<Outcome>;
  /** Closes what is still open. Idempotent. */
  close(): Promise<void>;
}
