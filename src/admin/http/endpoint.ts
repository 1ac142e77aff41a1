/** What an endpoint of the API declares: from it come the server, its checks, the OpenAPI document and the page's types. */
import type { z } from 'zod';
import type { Problem } from '../../http-server/problem.ts';
import type { Api } from '../api.ts';
import type { AdminAnswer } from '../protocol.ts';

/**
 * Who may call it over TCP; over a Unix socket, to which only root and the user of the daemon can connect, everybody may.
 * `open`: everybody. `read`, `change`: who has the token. What changes something is logged.
 */
export type Access = 'open' | 'read' | 'change';

/** One call of an endpoint, its parts checked by the schemas. */
export interface Call<Q = unknown, B = unknown> {
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  header(name: string): string | undefined;
  /** Whether the client wants lines of JSON instead of one object. */
  readonly wantsLines: boolean;
  /** Who calls, for the log: `127.0.0.1`, `a Unix socket`. */
  readonly from: string;
  readonly session: Session;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** What a call shows of who makes it. */
export interface Session {
  readonly needsToken: boolean;
  readonly isAuthenticated: boolean;
  /** The value of Set-Cookie for whoever gives this token; undefined when it is wrong. */
  begin(token: string): string | undefined;
  /** The value of Set-Cookie that ends it. */
  end(): string;
}

type Headers = Readonly<Record<string, string>>;

export type Reply =
  | { readonly json: unknown; readonly status?: 200 | 503; readonly headers?: Headers }
  | { readonly lines: AsyncIterable<AdminAnswer> }
  | { readonly bytes: string | Uint8Array<ArrayBuffer>; readonly type: string; readonly headers?: Headers }
  | { readonly events: AsyncIterable<string> }
  | { readonly nothing: true; readonly headers?: Headers }
  | { readonly problem: Problem };

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As in OpenAPI: `/api/events/{id}`. */
  readonly path: `/${string}`;
  /** One sentence. */
  readonly summary: string;
  readonly access: Access;
  readonly query?: z.ZodObject;
  /** `bytes`: any, up to the limit of the server. */
  readonly body?: z.ZodType | 'bytes';
  /** Of JSON, or the media type of something else; `nothing`: status 204. */
  readonly answer: z.ZodType | { readonly type: string } | 'nothing';
  /** Whether it also answers lines of JSON, each an `AdminAnswer`. */
  readonly lines?: true;
  /** Throws BelfryError. */
  handle(call: Call, api: Api): Reply | Promise<Reply>;
}

interface Declaration<Q extends z.ZodObject, B extends z.ZodType> extends Omit<Endpoint, 'query' | 'body' | 'handle'> {
  readonly query?: Q;
  readonly body?: B;
  handle(call: Call<z.infer<Q>, z.infer<B>>, api: Api): Reply | Promise<Reply>;
}

/** Declares one whose `handle` has the types of its schemas. */
export function defineEndpoint<Q extends z.ZodObject, B extends z.ZodType>(declared: Declaration<Q, B>): Endpoint {
  return {
    ...declared,
    // The server calls it only with what these schemas have parsed.
    handle: (call, api) => declared.handle(call as Call<z.infer<Q>, z.infer<B>>, api),
  };
}
