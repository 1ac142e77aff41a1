/** Reads the body of a request whole, as long as it keeps to the limits of size, time and memory. */
import type { IncomingMessage } from 'node:http';
import { type Problem, problem } from '../../http-server/problem.ts';
import type { ByteBudget } from '../byte-budget.ts';

export interface BodyLimits {
  /** Of one body. */
  readonly maxBytes: number;
  /** How long it may take to arrive, and before that to get its share of the budget. */
  readonly timeoutMs: number;
  /** Shared by all bodies that are longer than {@link smallBytes}. Holds at least `maxBytes`. */
  readonly budget: ByteBudget;
}

export type Body =
  /** `release` gives its share of the budget back; called once, when the bytes are no longer needed. */
  | { readonly bytes: Uint8Array; release(): void }
  | { readonly problem: Problem }
  /** The client is gone, and nobody waits for an answer. */
  | 'gone';

/** A body of this length needs no share: however many clients hold large ones up, small ones come through. */
const smallBytes = 64 * 1024;

/** Whether there is a body at all (RFC 9112 §6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || lengthOf(headers['content-length']) > 0;
}

/** What the head says already. */
export function bodyProblem({ headers }: IncomingMessage, maxBytes: number): Problem | undefined {
  return lengthOf(headers['content-length']) > maxBytes ? tooLarge(maxBytes) : undefined;
}

/**
 * Reads the body. `begin` is called when there is room for it: a client that waits for `100 Continue` gets it then. When
 * `signal` aborts, a body that is not whole yet is given up with a 503. Never rejects.
 */
export function readBody(
  incoming: IncomingMessage,
  { maxBytes, timeoutMs, budget }: BodyLimits,
  begin: () => void,
  signal: AbortSignal,
): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const known = lengthOf(incoming.headers['content-length']);
    let length = 0;
    let held = 0;
    let withdraw = (): void => {};
    let timer: NodeJS.Timeout | undefined;
    let begun = false;

    function finish(body: Body): void {
      clearTimeout(timer);
      withdraw();
      signal.removeEventListener('abort', stopped);
      incoming.off('data', onData).off('end', onEnd).off('close', onGone);
      if (typeof body === 'string' || 'problem' in body) budget.give(held);
      resolve(body);
    }
    /** Asks for the share of a body that may become so long, and goes on when it is there. */
    function share(bytes: number): void {
      clearTimeout(timer);
      timer = setTimeout(() => finish({ problem: noRoom() }), timeoutMs);
      withdraw = budget.take(bytes, () => {
        held = bytes;
        flow();
      });
    }
    function flow(): void {
      clearTimeout(timer);
      timer = setTimeout(() => finish({ problem: tooSlow(timeoutMs, length) }), timeoutMs);
      if (!begun) begin();
      begun = true;
      incoming.resume();
    }
    function onData(chunk: Buffer): void {
      length += chunk.length;
      if (length > maxBytes) {
        finish({ problem: tooLarge(maxBytes) });
        return;
      }
      chunks.push(chunk);
      if (length > smallBytes && held === 0) {
        incoming.pause();
        share(maxBytes);
      }
    }
    function onEnd(): void {
      const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
      finish({ bytes, release: () => budget.give(held) });
    }
    function onGone(): void {
      finish('gone');
    }
    function stopped(): void {
      finish({ problem: stopping() });
    }

    // A listener alone would begin to read.
    incoming.pause();
    // What is wrong with the connection ends in `close`; keep a listener attached, or a late error would be unhandled.
    incoming.on('error', () => {});
    incoming.on('data', onData).on('end', onEnd).on('close', onGone);
    signal.addEventListener('abort', stopped);
    if (signal.aborted) stopped();
    else if (known > smallBytes) share(known);
    else flow();
  });
}

function lengthOf(header: string | undefined): number {
  return header === undefined ? 0 : Number(header);
}

function tooLarge(maxBytes: number): Problem {
  return problem(413, `the body is longer than ${maxBytes} bytes; send less in one request, or raise http_max_body`);
}

function tooSlow(timeoutMs: number, length: number): Problem {
  return problem(408, `only ${length} bytes of the body arrived within ${timeoutMs / 1000} seconds; send it faster`);
}

function noRoom(): Problem {
  return problem(503, 'belfry is receiving too many large bodies; retry later, or send smaller requests');
}

/** The answer to what comes, or is not whole, when the end has come. */
export function stopping(): Problem {
  return problem(503, 'belfry is stopping; nothing of this request was stored, retry later');
}
