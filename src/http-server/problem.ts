/** The answer to a client that sent something wrong: a problem document (RFC 9457), the same for every route. */
import { STATUS_CODES } from 'node:http';
import { escapedJson } from '../base/printable.ts';

/**
 * The statuses that are answered with a problem. What a route's reader may answer with is mostly 400 (not in the form
 * that its media type promises) and 422 (in that form, but not something to be taken).
 */
export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 417 | 422 | 429 | 431 | 500 | 503;

/** Where in the request it is wrong; what is known of it becomes members of the document. */
export interface ProblemPlace {
  /** Number of the event among those of the request, from 1. */
  readonly event?: number;
  /** Number of the line of the body, from 1. */
  readonly line?: number;
  /** Offset in the body, from 0. */
  readonly byte?: number;
  /** Name of the parameter or header. */
  readonly field?: string;
  /** Of an error of belfry, for its own commands. */
  readonly code?: string;
}

export interface Problem extends ProblemPlace {
  readonly status: ProblemStatus;
  /** What is wrong and what would be right, in one sentence for a person. Quotes of the request no more than a few words. */
  readonly detail: string;
}

export function problem(status: ProblemStatus, detail: string, place: ProblemPlace = {}): Problem {
  return { status, detail, ...place };
}

/** The reason phrase of a status (RFC 9110 §15). */
export function title(status: ProblemStatus): string {
  return newerTitles.get(status) ?? STATUS_CODES[status] ?? '';
}

/** Node 20 has those of RFC 7231 and RFC 4918. */
const newerTitles: ReadonlyMap<ProblemStatus, string> = new Map([
  [413, 'Content Too Large'],
  [422, 'Unprocessable Content'],
]);

/** The media type of {@link problemDocument}. */
export const problemType = 'application/problem+json';

/**
 * The document of a problem. Its type is `about:blank` with the title of the status (RFC 9457 §4.2.1): what a program can
 * act upon is the status and the place, what a person can is the detail.
 */
export function problemDocument({ status, detail, ...place }: Problem): string {
  const document = { type: 'about:blank', title: title(status), status, detail, ...place };
  return `${escapedJson(JSON.stringify(document))}\n`;
}
