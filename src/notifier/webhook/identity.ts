/** The headers by which a receiver recognises a request: those of Standard Webhooks 1.0. */

/** One attempt to send a body under an id. */
interface Identified {
  /** Stays the same over all attempts; holds no `.`. */
  readonly id: string;
  /** When the attempt begins, in milliseconds since the epoch. */
  readonly at: number;
  readonly body: string;
}

/** Makes the headers of an attempt, with names in lower case. */
export type Identity = (attempt: Identified) => Readonly<Record<string, string>>;

/** Without signature. */
export const unsigned: Identity = ({ id, at }) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at / 1000)),
});
