/** The interface of a body format: what method webhook sends of one notification, or of several. */
import type { Json } from '../../base/event.ts';
import type { TraceContext } from '../../base/trace-context.ts';
import type { Notification, Services } from '../notifier.ts';

/** The part of a request that depends on what it is about; whom it comes from (credentials, id, signature) is added to it. */
interface FormattedRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'GET';
  /** The whole path with its query, as it stands in the request line. */
  readonly path: string;
  /** Names in lower case, `content-type` among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One way to write notifications for a receiver. It does no I/O and keeps nothing between two calls. */
export interface BodyFormat {
  /** Whether one request can hold several notifications. Otherwise `request` gets one. */
  readonly takesSeveral: boolean;
  /**
   * The request for these notifications, in their order, or why there is none. `wrong`: what stands in them cannot be
   * written so, and they are rejected. `unfit`: the format is not meant for such notifications, and they are filtered.
   * `traces`: that of each notification, for formats that have a place for it.
   */
  request(notifications: readonly [Notification, ...Notification[]], traces?: Traces): Formatted;
}

export type Traces = readonly (TraceContext | undefined)[];

type Formatted = { readonly value: FormattedRequest } | { readonly wrong: string } | { readonly unfit: string };

/** What a format may know of its notifier. */
export interface FormatContext {
  /** Of the configuration. */
  readonly url: URL;
  /** Whether requests may hold several notifications: a format of one object then writes an array, even of one. */
  readonly batched: boolean;
  readonly services: Pick<Services, 'name' | 'servername' | 'specialUse'>;
}

/** How JSON is written for this receiver. */
export type Write = (value: Json) => string;

/** A format whose requests differ only in their body. */
export function bodyFormat(
  { url }: FormatContext,
  contentType: string,
  takesSeveral: boolean,
  bodyOf: (notifications: readonly [Notification, ...Notification[]], traces?: Traces) => string,
): BodyFormat {
  const path = `${url.pathname}${url.search}`;
  const headers = { 'content-type': contentType };
  return {
    takesSeveral,
    request: (notifications, traces) => ({
      value: { method: 'POST', path, headers, body: bodyOf(notifications, traces) },
    }),
  };
}
