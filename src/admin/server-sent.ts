/** Reads a stream of server-sent events (WHATWG HTML §9.2.6), as far as belfry's own server writes it. */
import { BelfryError } from '../base/error.ts';
import { lines } from './json-lines.ts';

export interface ServerSent {
  /** `message` where none was named. */
  readonly event: string;
  readonly id?: string;
  /** Empty where there is only an id to go on with. */
  readonly data: string;
}

/** Bytes of a line. */
const maxLineBytes = 8 * 1024 * 1024;

/** Until the stream ends. Throws BelfryError BAD_INPUT for a line that is too long, and what the stream throws. */
export async function* serverSent(stream: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSent, void, void> {
  let [event, data, id]: [string, string[], string | undefined] = ['message', [], undefined];
  for await (const line of lines(stream, maxLineBytes)) {
    if (line === '') {
      if (data.length > 0 || id !== undefined)
        yield { event, data: data.join('\n'), ...(id === undefined ? {} : { id }) };
      [event, data, id] = ['message', [], undefined];
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') event = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
    if (data.length > 10_000) throw new BelfryError('BAD_INPUT', 'an event has too many lines');
  }
}
