/** Sends requests over the stream of Cyrus, as Cyrus does: a connection for each, and a wait for the answer. */
import { createConnection } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { BelfryError, codeOf, messageOf } from '../base/error.ts';
import type { Request } from '../base/request.ts';
import { encodeNotify, tooLargeCode } from '../decode/dlist/encode.ts';
import { type DlistValue, parseDlist } from '../decode/dlist/parse.ts';

/** Somebody to send requests to. */
export interface Sender {
  /** The form in which the socket takes requests. */
  readonly format: 'datagram' | 'dlist';
  encode(request: Request): Uint8Array;
  /**
   * Resolves when the request is the receiver's, with its id where the receiver reports it; rejects with the signal's reason
   * when it aborts before.
   */
  send(bytes: Uint8Array, signal?: AbortSignal): Promise<string | undefined>;
  close(): void;
}

/** An answer is one line, and short. */
const maxAnswer = 64 * 1024;

/**
 * `send` throws BelfryError SOCKET_ABSENT, SOCKET_PERMISSION, SOCKET_IO; BUSY when the answer is NO, and BAD_INPUT when the
 * request is too large or the answer is anything but OK and NO, both with the reason that was given.
 */
export function openStreamSender(path: string): Sender {
  return {
    format: 'dlist',
    encode: encodeNotify,
    async send(bytes, signal) {
      signal?.throwIfAborted();
      const line = parseDlist(await answerTo(path, bytes, signal));
      if (!line.ok)
        throw new BelfryError('SOCKET_IO', `${path} sent an answer that is not a dlist: ${line.problem.message}`);
      const { name, value } = line.value;
      if (name === 'OK') return textIn(value, 'ID');
      throw new BelfryError(
        name === 'NO' && textIn(value, 'CODE') !== tooLargeCode ? 'BUSY' : 'BAD_INPUT',
        `${path} answered ${name}: ${textIn(value, 'REASON') ?? 'no reason given'}`,
      );
    },
    close() {},
  };
}

function textIn(answer: DlistValue, name: string): string | undefined {
  if (answer.kind !== 'kvlist') return undefined;
  const [, value] = answer.entries.find(([key]) => key.toUpperCase() === name) ?? [];
  return value?.kind === 'text' ? value.text : undefined;
}

async function answerTo(path: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<Buffer> {
  const socket = createConnection(path);
  if (signal !== undefined) addAbortSignal(signal, socket);
  socket.write(bytes);
  let answer = Buffer.alloc(0);
  try {
    for await (const more of socket) {
      answer = Buffer.concat([answer, more]);
      if (answer.includes('\r\n') || answer.length > maxAnswer) return answer;
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    throw failure(path, thrown);
  }
  throw new BelfryError('SOCKET_IO', `${path}: the connection was closed before an answer`);
}

function failure(path: string, error: unknown): BelfryError {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
      return new BelfryError(
        'SOCKET_ABSENT',
        `no process listens on ${path}: ${messageOf(error)}; is belfry running with notifysocket: dlist:${path}?`,
      );
    case 'EPROTOTYPE':
      return new BelfryError('SOCKET_ABSENT', `${path} is not a stream socket: remove dlist:`);
    case 'EACCES':
    case 'EPERM':
      return new BelfryError(
        'SOCKET_PERMISSION',
        `no permission to write to ${path}: ${messageOf(error)}; see the mode and group of the file`,
      );
    default:
      return new BelfryError('SOCKET_IO', `sending to ${path} failed: ${messageOf(error)}`);
  }
}
