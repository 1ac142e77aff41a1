/** Lines of a byte stream, each at most so long: what both ends of the control socket read. */
import { BelfryError, ifPossible } from '../base/error.ts';

const newline = 0x0a;

/** Throws BelfryError BAD_INPUT for a line longer than `limit`, and what the stream throws. A last line may lack its newline. */
export async function* lines(stream: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<string, void, void> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (): string => {
    const line = Buffer.concat(parts).toString('utf8');
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of stream) {
    for (let start = 0; start < chunk.length; ) {
      const found = chunk.indexOf(newline, start);
      const end = found < 0 ? chunk.length : found;
      length += end - start;
      if (length > limit) throw new BelfryError('BAD_INPUT', `a line is longer than ${limit} bytes`);
      parts.push(chunk.subarray(start, end));
      if (found >= 0) yield take();
      start = end + 1;
    }
  }
  if (length > 0) yield take();
}

/** The value, or undefined for a text that is no JSON. */
export const parseLine = (line: string): unknown => ifPossible(() => JSON.parse(line));
