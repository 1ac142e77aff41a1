/** Sends requests as a mail server would: what `belfry send` does once its command line is understood. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame } from '../decode/encode-frame.ts';
import { BelfryError, messageOf } from '../error.ts';
import { isJsonObject, type Json } from '../event.ts';
import { openDatagramSender } from '../os/datagram-sender.ts';
import type { Request } from '../request.ts';
import { type CommandIo, readInput } from './io.ts';
import { openStreamSender, type Sender } from './stream-sender.ts';

/** What is sent. A file named `-` is standard input. */
export type Source =
  | { readonly kind: 'message'; readonly message: string; readonly request: Partial<Request> }
  /** One event, or one on each line. */
  | { readonly kind: 'events'; readonly file: string; readonly request: Partial<Request> }
  /** One captured request, sent byte for byte. */
  | { readonly kind: 'raw'; readonly file: string };

export interface SendOptions {
  /** Path of a datagram socket, or `@` and its abstract name; `dlist:` and the path of a stream socket. */
  readonly socket: string;
  readonly source: Source;
  /** How often all of it is sent, one after the other. */
  readonly repeat: number;
  /** Requests a second; absent: as fast as they are taken. */
  readonly rate?: number;
  /** User of a message that names none: who runs this. */
  readonly defaultUser: string;
}

export interface Sent {
  readonly requests: number;
  readonly bytes: number;
  readonly elapsedMs: number;
}

/** Sends in a row without looking at anything else. */
const yieldEvery = 256;

/**
 * Sends all of it in order and, when it is more than one request, says on standard error how fast. Throws BelfryError
 * NO_INPUT, BAD_INPUT with file and line, USAGE for a field that cannot be sent, and what the socket throws, with how many
 * requests had been sent; the signal's reason when it aborts.
 */
export async function sendRequests(
  options: SendOptions,
  io: Pick<CommandIo, 'err'>,
  signal?: AbortSignal,
): Promise<Sent> {
  const { socket, source, repeat, rate, defaultUser } = options;
  const sender = openSender(socket);
  const frames = framesOf(source, defaultUser, sender.encode);
  const total = frames.length * repeat;
  const startedAt = performance.now();
  let requests = 0;
  let bytes = 0;
  try {
    for (let round = 0; round < repeat; round++) {
      for (const frame of frames) {
        const dueInMs = rate === undefined ? 0 : startedAt + (requests * 1000) / rate - performance.now();
        if (dueInMs > 0) await sleep(dueInMs, undefined, signal === undefined ? {} : { signal });
        else if (requests % yieldEvery === yieldEvery - 1) await nextTurn();
        await sender.send(frame, signal);
        requests++;
        bytes += frame.length;
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof BelfryError) || total === 1) throw thrown;
    throw new BelfryError(thrown.code, `${thrown.message} (${requests} of ${total} requests were sent)`, {
      cause: thrown,
    });
  } finally {
    sender.close();
  }
  const elapsedMs = performance.now() - startedAt;
  if (total > 1) io.err(summary({ requests, bytes, elapsedMs }));
  return { requests, bytes, elapsedMs };
}

function summary({ requests, bytes, elapsedMs }: Sent): string {
  const seconds = elapsedMs / 1000;
  return `sent ${requests} requests, ${bytes} bytes, in ${seconds.toFixed(3)} s: ${Math.round(requests / seconds)}/s\n`;
}

const streamPrefix = 'dlist:';

function openSender(socket: string): Sender {
  if (socket.startsWith(streamPrefix)) return openStreamSender(socket.slice(streamPrefix.length));
  const sender = openDatagramSender(socket);
  return {
    encode: encodeFrame,
    send: (bytes, signal) => sender.send(bytes, signal),
    close: () => sender.close(),
  };
}

/** The requests as they are sent, with the defaults of Cyrus' notifytest for a message and those of Cyrus itself for an event. */
function framesOf(source: Source, defaultUser: string, encode: Sender['encode']): readonly Uint8Array[] {
  switch (source.kind) {
    case 'raw':
      return [readInput(source.file)];
    case 'message':
      return [
        encode({
          ...empty,
          class: 'MESSAGE',
          priority: 'normal',
          user: defaultUser,
          ...source.request,
          message: source.message,
        }),
      ];
    case 'events':
      return eventsIn(source.file).map((message) => encode({ ...empty, class: 'EVENT', ...source.request, message }));
  }
}

const empty: Request = { method: '', class: '', priority: '', user: '', mailbox: '', options: [], message: '' };

/** The text of each event, as it stands in the file. */
function eventsIn(file: string): readonly string[] {
  const name = file === '-' ? 'standard input' : file;
  const text = decode(readInput(file), name);
  if (parse(text) !== undefined) return [checked(text, `${name}`)];
  const events = text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), place: `${name}:${index + 1}` }))
    .filter(({ line }) => line !== '');
  if (events.length === 0) throw new BelfryError('BAD_INPUT', `${name}: there is no event in it`);
  return events.map(({ line, place }) => checked(line, place));
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    throw new BelfryError('BAD_INPUT', `${name}: this is not UTF-8; send a captured request with --raw`);
  }
}

function checked(text: string, place: string): string {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    const remedy = 'write one JSON object, or one on each line';
    throw new BelfryError('BAD_INPUT', `${place}: this is not JSON: ${messageOf(thrown)}; ${remedy}`);
  }
  if (!isJsonObject(value) || typeof value['event'] !== 'string') {
    const remedy = 'write a JSON object with the type of the event in "event"';
    throw new BelfryError('BAD_INPUT', `${place}: this is not an event; ${remedy}`);
  }
  return text;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
