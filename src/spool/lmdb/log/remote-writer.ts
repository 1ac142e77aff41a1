/**
 * Appending to a log whose writer is another thread's. What takes time by its length is done on this side: requests are
 * copied and their checksums made here, and the other thread gets finished chunks, by reference.
 */
import type { MessagePort } from 'node:worker_threads';
import { BelfryError, type ErrorCodeName, messageOf } from '../../../base/error.ts';
import type { RawRequest } from '../../../base/request.ts';
import type { ThreadWriter } from '../../engine.ts';
import { entryIds, parseEntryId } from '../../entry-id.ts';
import type { Appended } from '../../spool.ts';
import type { LogWriter } from './log-writer.ts';
import { type PackedChunk, packAll } from './packed.ts';

interface AppendMessage {
  /** Of the request, never used twice on one port. */
  readonly number: number;
  readonly packed: readonly PackedChunk[];
}

type AnswerMessage =
  | { readonly number: number; readonly firstId: string }
  | { readonly number: number; readonly code: ErrorCodeName; readonly message: string };

interface Waiting {
  resolve(appended: Appended): void;
  reject(reason: BelfryError): void;
}

/** The side that has requests. Owns its port until `close`. */
export class RemoteWriter implements ThreadWriter {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (answer: AnswerMessage) => this.#answered(answer));
    port.on('close', () => {
      for (const { reject } of this.#waiting.values()) {
        reject(new BelfryError('SPOOL_IO', 'the thread that appends to the spool has ended'));
      }
      this.#waiting.clear();
    });
  }

  /** See `Spool.append`. At least one request. */
  append(requests: readonly RawRequest[]): Promise<Appended> {
    this.#count += 1;
    const number = this.#count;
    const packed = packAll(requests);
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      const buffers = packed.map(({ bytes }) => bytes.buffer as ArrayBuffer);
      this.#port.postMessage({ number, packed } satisfies AppendMessage, buffers);
    });
  }

  serve(): void {
    throw new Error('this thread has no spool');
  }

  /** What is under way is not answered any more. Idempotent. */
  async close(): Promise<void> {
    this.#port.close();
  }

  #answered(answer: AnswerMessage): void {
    const waiting = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    if ('code' in answer) waiting?.reject(new BelfryError(answer.code, answer.message));
    else waiting?.resolve(appendedFrom(answer.firstId));
  }
}

/** The ids of what was appended together follow from the first of them. */
function appendedFrom(firstId: string): Appended {
  const parts = parseEntryId(firstId);
  if (parts === undefined) throw new Error(`${firstId} is not the id of an entry`);
  const { receivedAt, logNumber, position: first } = parts;
  const idOf = entryIds(logNumber);
  return { first, idOf: (index) => idOf(receivedAt, first + index) };
}

/** The side that has the writer: appends what comes on `port` until that is closed. `onAppended` is called before each answer. */
export function serveAppends(port: MessagePort, writer: Pick<LogWriter, 'appendBatch'>, onAppended: () => void): void {
  port.on('message', ({ number, packed }: AppendMessage) => {
    writer.appendBatch({ packed }).then(
      (appended) => {
        onAppended();
        port.postMessage({ number, firstId: appended.idOf(0) } satisfies AnswerMessage);
      },
      (thrown: unknown) => {
        const code = thrown instanceof BelfryError ? thrown.code : 'SPOOL_IO';
        port.postMessage({ number, code, message: messageOf(thrown) } satisfies AnswerMessage);
      },
    );
  });
}
