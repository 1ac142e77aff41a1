/** One HTTP request and its answer, with bounds on what is read. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { codeOf, messageOf } from '../../base/error.ts';
import { headOf, type Passage, type Wire } from './http-wire.ts';

export interface HttpRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'GET';
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Bytes of the answer's body that are kept; absent: what a reason quotes. */
  readonly keep?: number;
  /** It may be sent beside others over one connection of HTTP/2. */
  readonly idempotent?: boolean;
}

export type ExchangeEnding =
  /** The final status came. `body` is its beginning, as far as it came; `complete`: it is all of it. */
  | {
      readonly how: 'answered';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: string;
      readonly complete: boolean;
    }
  /**
   * No answer because the connection could not be made or broke; `message` is not made fit for a log. `stale` when it was a
   * kept-alive connection that the receiver closed without a byte of an answer: it may never have seen the request.
   * `sent` is false when there was no connection to send it over.
   */
  | { readonly how: 'failed'; readonly message: string; readonly stale: boolean; readonly sent: boolean }
  /** `sent` is false when there was no connection yet to send the request over. */
  | { readonly how: 'aborted'; readonly sent: boolean };

/** Bytes of a body that are read, so that the connection can serve again, and that are kept. */
const bodyLimit = { read: 64 * 1024, keep: 1024 };

/** A client, and the connections that it was given. It should have no limits of time of its own. */
export interface HttpClient {
  readonly dispatcher: Dispatcher;
  readonly wire: Wire;
}

/**
 * Sends `request` over `client`. Never rejects; settles at once when `signal` aborts. The status
 * decides as soon as it is there: a body that breaks off or takes too long no longer changes anything, and neither do headers
 * that are too many or contradict each other.
 *
 * The handler below stands where `dispatcher.request` would, which makes a stream, an AbortSignal and an iterator that
 * nobody needs for a receiver that answers with few bytes.
 */
export function httpExchange(
  { dispatcher, wire }: HttpClient,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<ExchangeEnding> {
  if (signal.aborted) return Promise.resolve({ how: 'aborted', sent: false });
  return new Promise((resolve) => {
    let ended = false;
    let controller: Dispatcher.DispatchController | undefined;
    let status: number | undefined;
    let headers: IncomingHttpHeaders = {};
    const kept: Buffer[] = [];
    const limit = { read: Math.max(bodyLimit.read, request.keep ?? 0), keep: request.keep ?? bodyLimit.keep };
    let size = 0;
    let complete = false;
    let passage = (): Passage | undefined => undefined;

    /** Settles with the answer, or with `ending` when there is none. */
    function end(ending: ExchangeEnding): void {
      if (ended) return;
      ended = true;
      signal.removeEventListener('abort', abort);
      if (status === undefined) resolve(ending);
      else resolve({ how: 'answered', status, headers, body: Buffer.concat(kept).toString('utf8'), complete });
    }
    function failed(error: unknown): ExchangeEnding {
      const { reused = false, answer = '' } = passage() ?? {};
      // The parser gives nothing of an answer that it finds wrong.
      const head = isRefused(error) ? headOf(answer) : undefined;
      if (head !== undefined) return { how: 'answered', ...head, body: '', complete: false };
      const sent = controller !== undefined;
      return { how: 'failed', message: describe(error), stale: reused && answer === '', sent };
    }
    /** Settles and gives up the connection. A request that has none yet is given up when it gets one. */
    function leave(ending: ExchangeEnding): void {
      end(ending);
      controller?.abort(new Error('given up'));
    }
    const abort = (): void => leave({ how: 'aborted', sent: controller !== undefined });
    signal.addEventListener('abort', abort, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (given) => {
        controller = given;
        if (ended) controller.abort(new Error('given up'));
        else passage = wire.begun();
      },
      onResponseStart: (_, statusCode, given) => {
        // Interim answers like 102 Processing come by here as well.
        if (statusCode < 200) return;
        status = statusCode;
        headers = given;
      },
      onResponseData: (_, chunk) => {
        if (size < limit.keep) kept.push(chunk.subarray(0, limit.keep - size));
        size += chunk.length;
        if (size > limit.read) abort();
      },
      onResponseEnd: () => {
        complete = size <= limit.keep;
        end(failed(new Error('the answer ended without a status')));
      },
      onResponseError: (_, error) => end(failed(error)),
    };
    try {
      dispatcher.dispatch({ ...request }, handler);
    } catch (error) {
      end(failed(error));
    }
  });
}

const refusals = new Set(['HTTPParserError', 'HeadersOverflowError', 'ResponseContentLengthMismatchError']);

/** Whether the parser did not like what came; else it did not come whole. */
function isRefused(error: unknown): boolean {
  return error instanceof Error && refusals.has(error.name);
}

/** The words for an error of the connection: with several addresses to try, Node hides what each of them said. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(describe))].join('; ');
  const message = messageOf(error);
  const code = codeOf(error) ?? '';
  return code === '' || message.includes(code) ? message : `${message} (${code})`;
}
