/** A notifier that makes HTTP requests: one notification in each, or several where the format takes them. */
import { createHash } from 'node:crypto';
import { printable } from '../../base/printable.ts';
import { type Delivery, type Extend, type Notification, type Notifier, type Outcome, single } from '../notifier.ts';
import type { BodyFormat } from '../webhook/body-format.ts';
import type { Identity } from '../webhook/identity.ts';
import { type TraceOf, traceHeaders } from '../webhook/trace.ts';
import { batchAnswerLimit, readBatchAnswer } from './batch-answer.ts';
import { attemptBatch, type PartEnding } from './batch-attempt.ts';
import type { BatchValues } from './batch-options.ts';
import type { HttpRequest } from './http-exchange.ts';
import type { HttpSender } from './http-sender.ts';
import { type JudgeContext, type Judged, judgeEnding } from './judge-ending.ts';

export interface HttpNotifierParts {
  readonly format: BodyFormat;
  readonly identity: Identity;
  readonly sender: HttpSender;
  /** Of every request, unless the format has others. */
  readonly headers: Readonly<Record<string, string>>;
  readonly trace: TraceOf;
  readonly context: JudgeContext;
}

/** How much longer than a part dispatch waits, in milliseconds: the part has a limit of time of its own. */
const partGraceMs = 5000;

/** With one notification in each request. */
export function singleRequests(parts: HttpNotifierParts): Notifier {
  const { sender, context } = parts;
  return single(
    async (delivery, signal) => {
      const request = requestFor(parts, [delivery]);
      if ('outcome' in request) return request.outcome;
      return judgeEnding(await sender.send(request, signal), context, signal).outcome;
    },
    () => sender.close(),
  );
}

/** With as many as `batch` says. */
export function batchedRequests(parts: HttpNotifierParts, batch: BatchValues): Notifier {
  const { sender, context } = parts;
  const { attemptTimeoutMs } = context;

  async function send(part: readonly Delivery[], signal: AbortSignal): Promise<PartEnding> {
    const request = requestFor(parts, part);
    if ('outcome' in request) return request;
    const isOne = part.length === 1;
    // An estimate has divided them.
    if (!isOne && Buffer.byteLength(request.body) > batch.batch_bytes) return { outcome: tooLarge, fault: 'body' };
    const ending = await sender.send({ ...request, keep: batchAnswerLimit }, signal);
    const judged = judgeEnding(ending, context, signal);
    if (ending.how !== 'answered' || judged.outcome.status !== 'delivered') return judged;
    const { body, complete, headers } = ending;
    const named = readBatchAnswer({ body, complete, contentType: headers['content-type'] }, context.receiver);
    if (!('wrong' in named)) return { ...judged, named };
    const reason = `${context.receiver} answered ${ending.status}, but what it says of ids that failed cannot be read: ${named.wrong}`;
    return { outcome: { status: 'retry', reason }, fault: 'receiver' };
  }

  return {
    maxBatch: batch.batch,
    gathering: { delayMs: batch.batch_delay, bytes: batch.batch_bytes },
    notify: (deliveries, signal, extend) => {
      const isRetried = deliveries.some(({ attempt }) => attempt > 1);
      let isFirst = true;
      const sendInTime = async (part: readonly Delivery[]): Promise<PartEnding> => {
        if (isRetried) return withinOwnTime(attemptTimeoutMs, signal, extend, (own) => send(part, own));
        // Each request has the whole time: dispatch knows only of the first.
        if (!isFirst) extend?.(attemptTimeoutMs);
        isFirst = false;
        return send(part, signal);
      };
      return attemptBatch(deliveries, { divide: (all) => dividedBySize(all, batch.batch_bytes), send: sendInTime });
    },
    close: () => sender.close(),
  };
}

const tooLarge: Outcome = { status: 'rejected', reason: 'the body is longer than webhook_batch_bytes' };

/** The request, or why there is none. */
function requestFor(
  { format, identity, headers, trace, context }: HttpNotifierParts,
  deliveries: readonly Delivery[],
): HttpRequest | Judged {
  const notifications = deliveries.map(({ notification }) => notification);
  const traces = deliveries.map(trace);
  const [first, ...others] = notifications;
  if (first === undefined) throw new RangeError('a request is for at least one notification');
  const formatted = format.request([first, ...others], traces);
  if ('unfit' in formatted) {
    return { outcome: { status: 'filtered', option: 'webhook_format', detail: formatted.unfit }, fault: 'body' };
  }
  if ('wrong' in formatted)
    return { outcome: { status: 'rejected', reason: printable(formatted.wrong, 500) }, fault: 'body' };
  const { method, path, body } = formatted.value;
  const id = idOf(notifications.map(({ id }) => id));
  return {
    method,
    path,
    body,
    headers: {
      ...headers,
      ...traceHeaders(traces),
      ...formatted.value.headers,
      ...standing(notifications),
      ...identity({ id, at: context.now(), body }),
    },
  };
}

/** For bodies that have no place for it: that one notification stands for earlier ones. */
function standing([{ coalesced } = {}, ...others]: readonly Partial<Notification>[]): Readonly<Record<string, string>> {
  return coalesced === undefined || others.length > 0 ? {} : { 'belfry-coalesced': String(coalesced.count) };
}

/** Of several it is made of theirs, so that the same batch has the same id when it is sent again. */
function idOf(ids: readonly string[]): string {
  const [first = ''] = ids;
  if (ids.length === 1) return first;
  return `batch-${createHash('sha256').update(ids.join(' ')).digest('hex').slice(0, 32)}`;
}

/** Divides them so that the events of each part have at most `bytes`, unless it is one. */
function dividedBySize(deliveries: readonly Delivery[], bytes: number): readonly (readonly Delivery[])[] {
  const parts: Delivery[][] = [];
  let size = 0;
  for (const delivery of deliveries) {
    const own = Buffer.byteLength(delivery.notification.message);
    const last = parts.at(-1);
    if (last === undefined || size + own > bytes) {
      parts.push([delivery]);
      size = own;
    } else {
      last.push(delivery);
      size += own;
    }
  }
  return parts;
}

/**
 * Gives one part a limit of time of its own: what makes the receiver hang is to be found, and the signal of the attempt would
 * end all of it.
 */
async function withinOwnTime<T>(
  ms: number,
  signal: AbortSignal,
  extend: Extend | undefined,
  act: (own: AbortSignal) => Promise<T>,
): Promise<T> {
  extend?.(ms + partGraceMs);
  const own = new AbortController();
  const abort = (): void => own.abort(signal.reason);
  const timer = setTimeout(() => own.abort('timeout'), ms);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await act(own.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
