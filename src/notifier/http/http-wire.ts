/** What passes over the connections of an HTTP client below the parser: the status of an answer that it refuses to read. */
import type { buildConnector } from 'undici';

/** One request on its connection. */
export interface Passage {
  /** Whether the connection had served a request before this one. */
  readonly reused: boolean;
  /** The beginning of what came back, as ISO 8859-1. */
  readonly answer: string;
}

/** The connections of one client. */
export interface Wire {
  readonly connect: buildConnector.connector;
  /**
   * To be called when the client begins to send a request, just before it writes: answers the passage of that request, which
   * goes on being filled in. Undefined until the client has written.
   */
  begun(): () => Passage | undefined;
}

/** How much of an answer is kept: its status lines, and the headers after them that decide something. */
const keptLength = 16 * 1024;

/** Watches the connections that `connector` makes. They are read and written by the client alone. */
export function watchedWire(connector: buildConnector.connector): Wire {
  /** Takes the passage that begins with the next write; the client announces and writes in one go. */
  let waiting: ((passage: Passage) => void) | undefined;

  const connect: buildConnector.connector = (options, callback) =>
    connector(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      let passage: { reused: boolean; answer: string } | undefined;
      const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
      const read = socket.read.bind(socket);
      socket.write = (...given: unknown[]) => {
        if (waiting !== undefined) {
          passage = { reused: passage !== undefined, answer: '' };
          waiting(passage);
          waiting = undefined;
        }
        return write(...given);
      };
      socket.read = (size) => {
        const chunk: unknown = read(size);
        if (passage !== undefined && chunk instanceof Uint8Array && passage.answer.length < keptLength) {
          const part = chunk.subarray(0, keptLength - passage.answer.length);
          passage.answer += Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1');
        }
        return chunk;
      };
      return callback(null, socket);
    });

  return {
    connect,
    begun() {
      let passage: Passage | undefined;
      waiting = (begun) => {
        passage = begun;
      };
      return () => passage;
    },
  };
}

export interface Head {
  readonly status: number;
  /** Names in lower case; of a header given twice the first. */
  readonly headers: Readonly<Record<string, string>>;
}

const statusLine = /^HTTP\/1\.[0-9] ([1-9][0-9]{2})(?: |\r?$)/;

/**
 * The status and the headers of a final answer, read as forgivingly as can be: lines end in LF with or without CR, interim
 * answers before it are passed over, and the headers may break off. Undefined when its status line is not whole.
 */
export function headOf(answer: string): Head | undefined {
  const lines = answer.split('\n');
  // What follows the last line end may be half a line.
  lines.pop();
  for (let at = 0; at < lines.length; at += 1) {
    const status = Number(statusLine.exec(lines[at] ?? '')?.[1]);
    if (Number.isNaN(status)) return undefined;
    const headers: Record<string, string> = {};
    for (at += 1; at < lines.length; at += 1) {
      const line = lines[at]?.trimEnd() ?? '';
      if (line === '') break;
      const colon = line.indexOf(':');
      const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
      if (colon > 0 && !Object.hasOwn(headers, name)) headers[name] = line.slice(colon + 1).trim();
    }
    if (status >= 200) return { status, headers };
  }
  return undefined;
}
