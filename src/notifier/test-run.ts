/** What a notifier knows of `belfry test`, which opens it to try it: everything that is sent is marked as a test, and reported. */

/** `sent` to the receiver, `received` from it, or a `note` on what happens. */
type TraceKind = 'sent' | 'received' | 'note';

export interface TestRun {
  /** Takes a part of the exchange, of one or several lines. The caller leaves out what is secret; it need not make it printable. */
  trace(kind: TraceKind, text: string): void;
}
