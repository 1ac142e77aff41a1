/** The interface of a body format: what method webhook sends of one notification, or of several. */
import type { Notification } from '../notifier.ts';
import type { Parsed } from '../parsed.ts';

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
   * The request for these notifications, in their order. What is wrong with them where there can be no such request: they
   * are rejected with this reason.
   */
  request(notifications: readonly [Notification, ...Notification[]]): Parsed<FormattedRequest>;
}

/** What a format may know of its notifier. */
export interface FormatContext {
  /** Of the configuration. */
  readonly url: URL;
  /** Whether requests may hold several notifications: a format of one object then writes an array, even of one. */
  readonly batched: boolean;
}
