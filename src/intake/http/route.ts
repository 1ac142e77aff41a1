/**
 * What the server needs to know of a kind of sender: its paths, and how its bodies become requests. The server has done
 * all else before a route is asked: authentication, limits, the reading of the body; and it does all else afterwards: the
 * commit, and the answer.
 *
 * A new kind of sender is a file beside this one that exports a {@link Route}, and its line in `routes.ts`. Both functions
 * of a route are pure: no I/O, no clock, no logger. They run in the thread that reads the sockets, so they only check what
 * the sender must hear of at once, and leave to the decoder of the format (`decode/raw.ts`) what can wait until dispatch:
 * a request is kept as it came, and what belfry makes of it shows in `belfry explain`.
 */
import type { RawRequest } from '../../base/request.ts';
import type { Problem } from '../../http-server/problem.ts';

/** The head of a request. */
export interface RequestHead {
  /** In upper case: one of the route's. */
  readonly method: string;
  /** One of the route's, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** `type/subtype` in lower case, without parameters; empty when the request does not say. */
  readonly mediaType: string;
  /** By name in lower case; a header that occurs several times is joined with `, `. Values are ISO 8859-1, as they came. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * What a body holds: requests, of which all or none are taken, or why it cannot be taken. No requests at all is fine when
 * the sender had nothing to say: it is answered like any other, and nothing is written.
 */
export type Reading = { readonly requests: readonly RawRequest[] } | { readonly problem: Problem };

export interface Route {
  /** In upper case. Every other is answered with 405. */
  readonly methods: readonly string[];
  /** Whole paths, `/v1/events`; any query may follow. */
  readonly paths: readonly string[];
  /** What is wrong with the head alone, 415 for instance: it is answered before a body is waited for. Default: nothing. */
  readonly refuse?: (head: RequestHead) => Problem | undefined;
  /** Whether the answer names the requests by the ids under which they are kept. Default: no. */
  readonly tellsIds?: boolean;
  /**
   * Reads a whole body, of any length from 0 up to http_max_body, whatever bytes are in it. Never throws. The answer may
   * hold parts of `body` itself; it is not written to afterwards.
   */
  readonly read: (body: Uint8Array, head: RequestHead) => Reading;
}
