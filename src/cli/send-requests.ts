/** Sends requests as a mail server would: what `belfry send` does once its command line is understood. */
import { existsSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { BelfryError, messageOf } from '../base/error.ts';
import { isJsonObject, type Json } from '../base/event.ts';
import { printable } from '../base/printable.ts';
import type { Request } from '../base/request.ts';
import { capturedIn, type EventText, eventsIn } from '../decode/captured.ts';
import { encodeFrame } from '../decode/encode-frame.ts';
import { decodeRaw } from '../decode/raw.ts';
import { openDatagramSender } from '../os/datagram-sender.ts';
import { type CommandIo, readInput } from './io.ts';
import { openStreamSender, type Sender } from './stream-sender.ts';

/** What is sent. A file named `-` is standard input. */
export type Source =
  | { readonly kind: 'message'; readonly message: string; readonly request: Partial<Request> }
  /** One event, an array of them, or one on each line. */
  | { readonly kind: 'events'; readonly file: string; readonly request: Partial<Request> }
  /** Captured requests, sent byte for byte where they are sent to the kind of socket that they were captured on. */
  | { readonly kind: 'raw'; readonly file: string };

export interface SendOptions {
  /** Path of a datagram socket, or `@` and its abstract name; `dlist:` and the path of a stream socket. */
  readonly socket: string;
  readonly source: Source;
  /** How often all of it is sent, one after the other. */
  readonly repeat: number;
  /** Requests a second; absent: as fast as they are taken. */
  readonly rate?: number;
  /** User of a message that names none: the one that runs this. */
  readonly defaultUser: string;
}

/** Sends in a row without looking at anything else. */
const yieldEvery = 256;

/**
 * Sends all of it in order; prints the id of each that has one and, when it is more than one request, says on standard
 * error how fast. Throws BelfryError
 * NO_INPUT, BAD_INPUT with file and line, USAGE for a field that cannot be sent, and what the socket throws, with how many
 * requests had been sent; the signal's reason when it aborts.
 */
export async function sendRequests(options: SendOptions, io: Pick<CommandIo, 'out' | 'err'>, signal?: AbortSignal) {
  const { socket, source, repeat, rate, defaultUser } = options;
  // What is wrong with the input is said before what is wrong with the socket.
  const framesFor = read(source, defaultUser);
  const sender = openSender(socket);
  const frames = framesFor(sender);
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
        const id = await sender.send(frame, signal);
        if (id !== undefined) io.out(`${printable(id, 200)}\n`);
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
  const seconds = elapsedMs / 1000;
  const perSecond = Math.round(requests / seconds);
  if (total > 1) io.err(`sent ${requests} requests, ${bytes} bytes, in ${seconds.toFixed(3)} s: ${perSecond}/s\n`);
  return { requests, bytes, elapsedMs };
}

const streamPrefix = 'dlist:';

function openSender(socket: string): Sender {
  if (socket.startsWith(streamPrefix)) return openStreamSender(socket.slice(streamPrefix.length));
  const sender = openDatagramSender(socket);
  return {
    format: 'datagram',
    encode: encodeFrame,
    async send(bytes, signal) {
      await sender.send(bytes, signal);
      return undefined;
    },
    close: () => sender.close(),
  };
}

/**
 * Reads the input; what it answers makes the requests as they are sent, with the defaults of Cyrus' notifytest for a
 * message and those of Cyrus itself for an event.
 */
function read(source: Source, defaultUser: string): (sender: Sender) => readonly Uint8Array[] {
  switch (source.kind) {
    case 'raw': {
      const bytes = readInput(source.file);
      return (sender) => capturedFrames(bytes, nameOf(source.file), sender);
    }
    case 'message': {
      const defaults = { ...empty, class: 'MESSAGE', priority: 'normal', user: defaultUser };
      return ({ encode }) => [encode({ ...defaults, ...source.request, message: source.message })];
    }
    case 'events': {
      const events = eventsOf(source.file);
      return ({ encode }) => events.map((message) => encode({ ...empty, class: 'EVENT', ...source.request, message }));
    }
  }
}

const empty: Request = { method: '', class: '', priority: '', user: '', mailbox: '', options: [], message: '' };

/** As they were captured, or for the other kind of socket as the same sender would have sent them there. */
function capturedFrames(bytes: Buffer, name: string, { format, encode }: Sender): readonly Uint8Array[] {
  if (bytes.length === 0) return [bytes];
  const captured = capturedIn(bytes);
  return captured.map((request, index) => {
    if (request.format === format) return request.bytes;
    const decoded = decodeRaw(request);
    if (decoded.ok) return encode(decoded.value);
    const place = captured.length > 1 ? `${name}: request ${index + 1}` : name;
    const other = request.format === 'dlist' ? 'the stream' : 'a datagram socket';
    const remedy = `send it to ${other}, where it was captured, to send it unchanged`;
    throw new BelfryError('BAD_INPUT', `${place}: invalid request: ${decoded.problem.message}; ${remedy}`);
  });
}

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

/** The text of each event, as it stands in the file. */
function eventsOf(file: string): readonly string[] {
  const name = nameOf(file);
  const bytes = readEvents(file);
  if (bytes.includes(0) || /^NOTIFY[ \t]/i.test(bytes.toString('latin1', 0, 7))) {
    throw new BelfryError('BAD_INPUT', `${name}: this is a captured request; send it with --raw`);
  }
  const events = eventsIn(bytes, name);
  if (events.length === 0) throw new BelfryError('BAD_INPUT', `${name}: contains no event`);
  return events.map(checked);
}

/** An event, or the name of its type, in the place of the file: the error says how to send that. */
function readEvents(file: string): Buffer {
  if (/^\s*[{[]/.test(file) && !existsSync(file)) {
    throw new BelfryError(
      'USAGE',
      "--event takes the name of a file; - is standard input: echo '…' | belfry send --event -",
    );
  }
  if (/^[A-Za-z][A-Za-z.]+$/.test(file) && !/\.(json|ndjson|jsonl|txt)$/.test(file) && !existsSync(file)) {
    const remedy = `for a sample event: belfry events ${file} --example | belfry send --event -`;
    throw new BelfryError('NO_INPUT', `file ${file} does not exist; ${remedy}`);
  }
  return readInput(file);
}

function checked({ text, place }: EventText): string {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    const remedy = 'write one JSON object, an array of them, or one on each line';
    throw new BelfryError('BAD_INPUT', `${place}: not JSON: ${messageOf(thrown)}; ${remedy}`);
  }
  if (!isJsonObject(value) || typeof value['event'] !== 'string') {
    const remedy = 'write a JSON object with the type of the event in "event"';
    throw new BelfryError('BAD_INPUT', `${place}: not an event; ${remedy}`);
  }
  return text;
}
