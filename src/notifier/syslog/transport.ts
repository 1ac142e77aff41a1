/** What sends messages of syslog, whatever is below it. */

/** How far a call came. */
export interface Taken {
  /** So many of the messages, from the first on, has the kernel. */
  readonly count: number;
  /** Why it has no more; absent when it has all. */
  readonly reason?: string;
  /** Set when no other message is to blame: the one after those is longer than this socket takes. */
  readonly tooLong?: true;
}

export interface SyslogTransport {
  /** Never rejects. Settles soon after `signal` has aborted; calls may overlap. What was not taken will not be sent later. */
  send(messages: readonly Buffer[], signal: AbortSignal): Promise<Taken>;
  close(): Promise<void>;
}
